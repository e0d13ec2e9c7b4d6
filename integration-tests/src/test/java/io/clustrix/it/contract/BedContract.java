package io.clustrix.it.contract;

import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import io.clustrix.testkit.ExecutorContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;

/** The contract for what runs on the test bed, reached through its sshd. */
@Timeout(300)
abstract class BedContract extends ExecutorContract {
    final TestBed bed = TestBed.get();
    private final Path work =
            bed.home(bed.value("ssh.user")).resolve("work").resolve("contract-" + Long.toString(System.nanoTime(), 36));

    /** The executor and what it alone has. */
    abstract String block();

    @Override
    protected final String cluster() {
        TestBed.Login login = bed.login();
        return """
                host = "%s@%s:%d"
                work-directory = "%s"
                ssh { identity = ["%s"], known-hosts = ["%s"], config-file = none, agent = false }
                min-poll-interval = 1s
                resources { cores = 1, memory = 512MiB }
                environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                poll { results-max = 1s, status-min = 1s, status-max = 2s, status-per-minute = 60 }
                patience { unknown = 4s, hopeless = 20s, result = 10s }
                retry { attempts = 1, delay = 100ms }
                map-elements = 4
                """.formatted(login.user(), login.host(), login.port(), work, login.key(), login.knownHosts()) + block();
    }

    /** By the user who owns it: jobs that are just ending may still write. */
    @AfterAll
    void removeWork() throws Exception {
        for (int i = 0; i < 20; i++) {
            Ran ran = Ran.run(Duration.ofSeconds(30), "", List.of("rm", "-rf", work.toString()));
            if (ran.exitCode() == 0) {
                return;
            }
            Thread.sleep(250);
        }
    }
}

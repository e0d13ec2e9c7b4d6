package io.clustrix.it.contract;

import io.clustrix.Submitter;
import io.clustrix.testkit.ExecutorContract;
import io.clustrix.testkit.fake.FakeScheduler;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose scheduler is a fake, on this machine. */
abstract class FakeContract<F extends FakeScheduler> extends ExecutorContract {
    @TempDir
    private static Path work;

    final F fake;
    private final String block;
    private final String hold;

    FakeContract(F fake, String block, String hold) {
        this.fake = fake;
        this.block = block;
        this.hold = hold;
    }

    @AfterAll
    void end() {
        fake.close();
    }

    @Override
    protected String cluster() {
        return """
                %s
                bin-directory = "%s"
                work-directory = "%s"
                min-poll-interval = 1s
                resources { cores = 1, memory = 512MiB }
                environment { java = "%s", jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                poll { results-max = 500ms, status-min = 1s, status-max = 1s, status-per-minute = 60 }
                patience { unknown = 4s, hopeless = 20s, result = 10s }
                retry { attempts = 1, delay = 100ms }
                map-elements = 4
                """.formatted(block, fake.bin(), work, Path.of(System.getProperty("java.home"), "bin", "java"));
    }

    @Override
    protected Optional<UnaryOperator<Submitter>> held() {
        return Optional.of(s -> s.withResources(r -> r.option(hold, "")));
    }
}

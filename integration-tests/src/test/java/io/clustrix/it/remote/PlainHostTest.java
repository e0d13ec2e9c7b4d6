package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.Pids;
import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host that has no scheduler, over the real sshd: what holds on Slurm holds there too. */
@NeedsTestBed({"ssh", "faults"})
@Timeout(120)
class PlainHostTest {
    private static RemoteSite site;
    private static Clustrix clustrix;

    @BeforeAll
    static void open() throws IOException {
        site = new RemoteSite();
        clustrix = site.open(site.way("ssh").with("max-running = 3"));
    }

    @AfterAll
    static void close() throws Exception {
        clustrix.close();
        site.close();
    }

    @Test
    @DisplayName("results and exceptions come as they are")
    void results() throws Exception {
        JobFuture<String> who = clustrix.submit(() -> System.getProperty("user.name"));
        JobFuture<Integer> bad = clustrix.submit(() -> Integer.parseInt("none"));

        assertThat(RemoteSite.value(who)).isEqualTo(site.bed.value("ssh.user"));
        assertThat(RemoteSite.failure(bad))
                .isInstanceOf(NumberFormatException.class)
                .hasMessageContaining("none");
    }

    @Test
    @DisplayName("a map is an array of elements, of which no more run at once than the host allows")
    void array() throws Exception {
        Marks marks = site.marks("array");
        String file = marks.file().toString();
        List<Integer> results = RemoteSite.value(clustrix.map(0, 30, i -> {
            new Marks(Path.of(file)).add("begin");
            Thread.sleep(30);
            new Marks(Path.of(file)).add("end");
            return i * 2;
        }));

        assertThat(results)
                .isEqualTo(IntStream.range(0, 30).map(i -> i * 2).boxed().toList());
        int running = 0;
        int most = 0;
        for (String line : marks.lines()) {
            running += line.equals("begin") ? 1 : -1;
            most = Math.max(most, running);
        }
        assertThat(most).isBetween(2, 3);
        assertThat(running).isZero();
        assertThat(marks.lines()).hasSize(60);
    }

    @Test
    @DisplayName("a job that is cancelled is ended with all that it has started")
    void cancel() throws Exception {
        Marks marks = site.marks("cancel");
        String file = marks.file().toString();
        JobFuture<Integer> job = clustrix.submit(() -> {
            Process child = new ProcessBuilder("sleep", "300").start();
            new Marks(Path.of(file)).add(child.pid());
            new Marks(Path.of(file)).add(ProcessHandle.current().pid());
            return child.waitFor();
        });
        Await.until("it runs", RemoteSite.BOUND, () -> marks.lines().size() == 2);

        assertThat(job.cancel(true)).isTrue();

        assertThat(RemoteSite.failure(job)).isInstanceOf(CancellationException.class);
        for (String pid : marks.lines()) {
            Await.until(pid + " is gone", () -> !Pids.isAlive(Long.parseLong(pid)));
        }
    }
}

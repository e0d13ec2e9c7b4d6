package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.report.ChunkReport;
import io.clustrix.report.FailureReport;
import io.clustrix.report.JobReport;
import io.clustrix.report.ReportFormat;
import io.clustrix.report.RunReport;
import io.clustrix.report.Stage;
import io.clustrix.spi.ErrorPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A map whose workers do what a report tells of, and what its report must then say, wherever it ran. */
public final class ReportedRun {
    private static final int HELD = 64 << 20;
    private static final Duration BURNT = Duration.ofMillis(1500);

    private ReportedRun() {}

    /**
     * Runs it, and looks at its report.
     *
     * @param on where the map is run
     * @param directory a directory of this machine, for the pages
     * @param bound how long it may take
     */
    public static void check(Clustrix clustrix, Submitter on, Path directory, Duration bound) throws Exception {
        String secret = "hush-hush";
        MapFuture<Integer> map = on.withName("reported")
                .withChunkSize(1)
                .onError(ErrorPolicy.COLLECT)
                .withVariable("TOKEN", secret)
                .map(0, 4, ReportedRun::work);
        map.exceptionally(t -> List.of()).get(bound.toSeconds(), TimeUnit.SECONDS);

        // The last result is handed out a moment before the run's journal has the job's end.
        Await.until(
                "the job's end to be in the journal",
                Duration.ofSeconds(10),
                () -> !job(report(clustrix), map).state().equals("open"));
        RunReport report = report(clustrix);
        JobReport job = job(report, map);
        assertThat(job.state()).isEqualTo("failed");
        for (int i = 0; i < 3; i++) {
            ChunkReport chunk = last(job, i);
            assertThat(chunk.state()).as(chunk.toString()).isEqualTo(ChunkReport.State.ENDED);
            assertThat(chunk.node()).as(chunk.toString()).isNotBlank();
            assertThat(chunk.schedulerId()).as(chunk.toString()).isPresent();
            for (Stage stage : Stage.values()) {
                assertThat(chunk.time(stage))
                        .as(stage + " of " + chunk)
                        .hasValueSatisfying(t -> assertThat(t).isLessThan(bound));
            }
        }
        ChunkReport holder = last(job, 0);
        assertThat(holder.peak()).hasValueSatisfying(m -> assertThat(m.bytes()).isGreaterThan(HELD));
        ChunkReport burner = last(job, 1);
        assertThat(burner.cpu())
                .hasValueSatisfying(
                        c -> assertThat(c).isGreaterThanOrEqualTo(BURNT).isLessThan(bound));
        assertThat(burner.time(Stage.RUNNING))
                .hasValueSatisfying(t -> assertThat(t).isGreaterThanOrEqualTo(BURNT));

        List<ChunkReport> killed =
                job.chunks().stream().filter(c -> c.chunk() == 3).toList();
        assertThat(killed).isNotEmpty().allSatisfy(c -> {
            assertThat(c.state()).as(c.toString()).isEqualTo(ChunkReport.State.FAILED);
            assertThat(c.cause()).as(c.toString()).isNotBlank();
        });
        assertThat(job.failures())
                .anySatisfy(f -> {
                    assertThat(f.cause()).isEqualTo(FailureReport.THREW);
                    assertThat(f.what()).contains("IllegalStateException", "no ink");
                    assertThat(f.tasks()).isEqualTo(1);
                    assertThat(f.firstTask()).isEqualTo(2);
                })
                .anySatisfy(f -> {
                    assertThat(f.cause()).isEqualTo(killed.get(0).cause());
                    assertThat(f.tasks()).isEqualTo(1);
                    assertThat(f.attempts()).isEqualTo(killed.size());
                    assertThat(f.firstTask()).isEqualTo(3);
                });
        assertThat(job.script()).startsWith("#!");
        for (ReportFormat format : ReportFormat.values()) {
            Path file = directory.resolve("report." + format);
            report.write(file, format);
            assertThat(Files.readString(file)).contains("reported", "no ink").doesNotContain(secret);
        }
    }

    private static RunReport report(Clustrix clustrix) {
        return RunReport.of(clustrix.history(), clustrix.runId().orElseThrow());
    }

    private static JobReport job(RunReport report, MapFuture<?> map) {
        return report.jobs().stream()
                .filter(j -> j.job().key().equals(map.key()))
                .findFirst()
                .orElseThrow();
    }

    private static ChunkReport last(JobReport job, int chunk) {
        return job.chunks().stream()
                .filter(c -> c.chunk() == chunk)
                .reduce((a, b) -> b)
                .orElseThrow(() -> new AssertionError("nothing of chunk " + chunk + ": " + job.chunks()));
    }

    private static @Nullable Integer work(int i) throws Exception {
        switch (i) {
            case 0 -> {
                byte[] held = new byte[HELD];
                for (int b = 0; b < HELD; b += 4096) {
                    held[b] = 1;
                }
                Thread.sleep(300);
                return (int) held[HELD - 4096];
            }
            case 1 -> {
                long end = System.nanoTime() + BURNT.toNanos() + 200_000_000;
                long sum = 0;
                while (cpuNanos() < BURNT.toNanos() || System.nanoTime() < end) {
                    sum += Double.doubleToLongBits(Math.sqrt(sum + 1.0));
                }
                return (int) (sum & 1);
            }
            case 2 -> throw new IllegalStateException("no ink");
            default -> {
                Thread.sleep(200);
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
                Thread.sleep(60_000);
                return null;
            }
        }
    }

    private static long cpuNanos() {
        return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}

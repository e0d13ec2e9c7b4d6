package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** Runs that never were. The same each time. */
final class Samples {
    static final Instant BEGAN = Instant.parse("2026-03-04T05:06:07.250Z");
    static final Resources ASKED = Resources.builder()
            .cores(2)
            .memory(Memory.ofGibibytes(2))
            .time(Duration.ofMinutes(10))
            .queue("short")
            .build();

    private Samples() {}

    /** A run of one job with so many chunks, some of which are tried again, and a few fail. */
    static RunReport run(String name, int chunks) {
        Random random = new Random(4711);
        List<ChunkReport> all = new ArrayList<>();
        int nodes = Math.min(64, chunks / 4 + 1);
        for (int i = 0; i < chunks; i++) {
            boolean dies = i % 17 == 11;
            long accepted = 900 + i * 8L;
            long queued = 400L + (long) i / nodes * 2500 + random.nextInt(900);
            long ran = 1500L + random.nextInt(2500) + (i % 29 == 5 ? 6000 : 0);
            all.add(chunk(i, 0, 0, accepted, accepted + queued, ran, dies, random));
            if (dies) {
                long again = accepted + queued + ran + 3000;
                all.add(chunk(i, 1, again, again + 700, again + 1900, ran + 800, false, random));
            }
        }
        List<FailureReport> failures = List.of(
                new FailureReport(
                        FailureReport.THREW, "java.lang.IllegalStateException: no threes: 3", chunks / 9 + 1, 0, 3),
                new FailureReport(
                        "out-of-memory",
                        "job " + name + ", tasks 11 to 11 on node3: the job used more memory than it had asked for;"
                                + " slurm says OUT_OF_MEMORY",
                        0,
                        chunks / 17 + 1,
                        11));
        JobInfo job = new JobInfo(
                "20260304-050607-abc123",
                new JobKey(BEGAN.toEpochMilli() << 16, 42),
                "hpc",
                name,
                false,
                Optional.of(JobState.FAILED),
                chunks,
                chunks,
                chunks - chunks / 9 - 1,
                java.util.stream.IntStream.range(0, chunks / 9 + 1).boxed().toList(),
                List.of(),
                ASKED,
                List.of(new JobInfo.Submission(0, 0, chunks, Optional.of(NativeId.of("77")))),
                List.of(Path.of("/home/me/app.jar")),
                BEGAN,
                all.stream().flatMap(c -> c.returned().stream()).max(Instant::compareTo));
        RuntimeReport runtime = new RuntimeReport(
                "",
                "",
                0,
                "17.0.15+6",
                "Eclipse Adoptium",
                "Linux 6.1 amd64",
                new EnvironmentReport(
                        "basic: the Java of the module java/17", "", List.of(), List.of("java/17"), List.of("COLOUR")));
        JobReport report = new JobReport(
                job,
                all,
                failures,
                List.of(runtime),
                "#!/bin/sh\n#SBATCH --mem=2048M\nexport COLOUR='***'\nexec java\n");
        return of(List.of(report));
    }

    static RunReport of(List<JobReport> jobs) {
        RunInfo info = new RunInfo(
                "20260304-050607-abc123",
                BEGAN,
                BEGAN.plusSeconds(60),
                RunInfo.Driver.ENDED,
                "",
                jobs.stream().map(JobReport::job).toList(),
                "");
        return new RunReport(info, jobs);
    }

    private static ChunkReport chunk(
            int number, int attempt, long from, long accepted, long start, long ran, boolean dies, Random random) {
        return new ChunkReport(
                number,
                number,
                1,
                attempt,
                Optional.of("77_" + number),
                dies ? ChunkReport.State.FAILED : ChunkReport.State.ENDED,
                "node" + random.nextInt(20),
                Optional.of(BEGAN.plusMillis(from)),
                Optional.of(BEGAN.plusMillis(accepted)),
                Optional.of(BEGAN.plusMillis(start)),
                Optional.of(BEGAN.plusMillis(start + ran)),
                Optional.of(BEGAN.plusMillis(start + ran + 200 + random.nextInt(900))),
                Optional.of(Duration.ofMillis(ran + random.nextInt((int) ran))),
                Optional.of(Memory.ofMebibytes(dies ? 2010 : 300 + random.nextInt(900))),
                ASKED,
                OptionalInt.of(dies ? 137 : 0),
                dies ? "out-of-memory" : "",
                dies ? "the job used more memory than it had asked for" : "");
    }
}

package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.history.RunHistory;
import io.clustrix.report.ChunkReport;
import io.clustrix.report.FailureReport;
import io.clustrix.report.JobReport;
import io.clustrix.report.ReportFormat;
import io.clustrix.report.RunReport;
import io.clustrix.report.Stage;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report that is made of a journal. */
class RunReportTest {
    private static final String ID = "20260304-050607-abc123";
    private static final long BEGAN = 1_772_600_000_000L;
    private static final JobKey KEY = new JobKey(BEGAN << 16, 7);
    private static final Resources ASKED =
            Resources.builder().cores(2).memory(Memory.ofGibibytes(1)).build();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path state;

    private RunBook book() throws Exception {
        Path home = Files.createDirectories(state.resolve("runs").resolve(ID));
        return RunBook.create(ID, home, false);
    }

    private static JobRecord record() {
        return new JobRecord(
                KEY,
                "hpc",
                "price",
                false,
                ErrorPolicy.COLLECT,
                ASKED,
                Map.of("TOKEN", "hush"),
                "",
                7,
                3,
                0,
                List.of());
    }

    private static RunEntry.Worked worked(
            int element, int attempt, long from, long to, String cause, String message, int exit) {
        return new RunEntry.Worked(
                KEY,
                element,
                attempt,
                0,
                new WorkerUse("n" + element, BEGAN + from, BEGAN + to, (to - from) * 2, 300L << 20),
                cause,
                message,
                exit,
                BEGAN + to + 500);
    }

    private RunReport report() {
        return RunReport.of(RunHistory.in(state), ID);
    }

    @Test
    @DisplayName("Times, use and causes of each attempt are those of the journal")
    void all() throws Exception {
        try (RunBook book = book()) {
            book.note(new RunEntry.Taken(record()));
            book.note(new RunEntry.Submitting(KEY, 0, 0, ElementSet.range(0, 3), ASKED, "-", BEGAN + 900));
            book.note(new RunEntry.Program(KEY, "#!/bin/sh\n"));
            book.note(new RunEntry.Accepted(KEY, 0, NativeId.of("77"), BEGAN + 1000));
            RuntimeReport runtime = new RuntimeReport("", "", 0, "17", "X", "Linux", EnvironmentReport.NONE);
            book.note(new RunEntry.RanIn(KEY, runtime));
            book.note(worked(0, 0, 3000, 5000, "", "", 0));
            book.note(new RunEntry.Fetched(KEY, 0, "1"));
            book.note(worked(1, 0, 3000, 9000, "OUT_OF_MEMORY", "too much", 137));
            book.note(new RunEntry.Submitting(
                    KEY,
                    1,
                    1,
                    ElementSet.range(1, 2),
                    ASKED.toBuilder().memory(Memory.ofGibibytes(2)).build(),
                    "-",
                    BEGAN + 12_000));
            book.note(new RunEntry.Accepted(KEY, 1, NativeId.of("78"), BEGAN + 12_500));
            book.note(worked(1, 1, 13_000, 14_000, "", "", 0));
            book.note(new RunEntry.Fetched(KEY, 1));
            book.note(worked(2, 0, 3000, 4000, "EXITED", "System.exit", 3));
            book.note(new RunEntry.Failed(KEY, 6, 7, new Verdict(Verdict.Cause.EXITED, 3, "System.exit", List.of())));
            book.note(new RunEntry.Threw(KEY, "java.lang.X: no", 1, 1));
            book.note(new RunEntry.Over(KEY, JobState.FAILED, BEGAN + 20_000));
        }
        RunReport report = report();
        JobReport job = report.jobs().get(0);

        assertThat(report.state()).isEqualTo("failed");
        assertThat(job.chunks())
                .extracting(ChunkReport::chunk, ChunkReport::attempt, ChunkReport::state, ChunkReport::node)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0, 0, ChunkReport.State.ENDED, "n0"),
                        org.assertj.core.groups.Tuple.tuple(1, 0, ChunkReport.State.FAILED, "n1"),
                        org.assertj.core.groups.Tuple.tuple(2, 0, ChunkReport.State.FAILED, "n2"),
                        org.assertj.core.groups.Tuple.tuple(1, 1, ChunkReport.State.ENDED, "n1"));
        ChunkReport first = job.chunks().get(0);
        assertThat(first.time(Stage.PREPARING)).contains(Duration.ofSeconds(1));
        assertThat(first.time(Stage.QUEUED)).contains(Duration.ofSeconds(2));
        assertThat(first.time(Stage.RUNNING)).contains(Duration.ofSeconds(2));
        assertThat(first.time(Stage.RETURNING)).contains(Duration.ofMillis(500));
        assertThat(first.cpuUse()).contains(1.0);
        assertThat(first.schedulerId()).contains("77");
        ChunkReport again = job.chunks().get(3);
        assertThat(again.time(Stage.PREPARING)).contains(Duration.ofMillis(500));
        assertThat(again.asked().memory()).contains(Memory.ofGibibytes(2));
        assertThat(job.chunks().get(2).tasks()).isEqualTo(1);
        assertThat(job.failures())
                .containsExactlyInAnyOrder(
                        new FailureReport("threw", "java.lang.X: no", 1, 0, 1),
                        new FailureReport("exited", "System.exit", 1, 1, 6),
                        new FailureReport("out-of-memory", "too much", 0, 1, 3));
        assertThat(job.script()).isEqualTo("#!/bin/sh\n");
        assertThat(job.runtimes()).hasSize(1);
        assertThat(job.memory().orElseThrow().most()).isEqualTo(300L << 20);
        for (ReportFormat format : ReportFormat.values()) {
            assertThat(report.as(format)).contains("out-of-memory").doesNotContain("hush");
        }
    }

    @Test
    @DisplayName("Of many jobs only the first have their scripts in the journal; the class path is not noted twice")
    void manyJobs() throws Exception {
        try (RunBook book = book()) {
            for (int i = 0; i < 150; i++) {
                book.noteScript(KEY, "export TOKEN='hush'\n# " + i);
            }
            book.note(new RunEntry.Taken(record()));
            assertThat(report().jobs().get(0).script()).isEqualTo("export TOKEN='***'\n# 99");
        }
        RuntimeReport report = new RuntimeReport(
                "w",
                "n",
                1,
                "17",
                "X",
                "Linux",
                new EnvironmentReport("basic", "", List.of("aa"), List.of("java/17"), List.of("TOKEN")));
        assertThat(WorkerUse.common(report))
                .isEqualTo(new RuntimeReport(
                        "",
                        "",
                        0,
                        "17",
                        "X",
                        "Linux",
                        new EnvironmentReport("basic", "", List.of(), List.of("java/17"), List.of("TOKEN"))));
    }

    @Test
    @DisplayName("A journal of an older build, a job that waits, and none at all: what is not known is absent")
    void little() throws Exception {
        try (RunBook book = book()) {
            book.note(new RunEntry.Taken(record()));
            book.note(new RunEntry.Submitting(KEY, 0, 0, ElementSet.range(0, 3), ASKED, "-", 0));
            book.note(new RunEntry.Accepted(KEY, 0, NativeId.of("77"), 0));
            book.note(new RunEntry.Fetched(KEY, 0, "1"));

            assertThat(report().state()).isEqualTo("open");
            JobReport job = report().jobs().get(0);
            assertThat(job.chunks()).extracting(ChunkReport::state).containsOnly(ChunkReport.State.SUBMITTED);
            assertThat(job.times(Stage.QUEUED)).isEmpty();
            assertThat(job.memory()).isEmpty();
            assertThat(job.failures()).extracting(FailureReport::cause).containsExactly("threw");
            for (ReportFormat format : ReportFormat.values()) {
                assertThat(report().as(format)).contains("price").contains("open");
            }
            book.note(new RunEntry.Over(KEY, JobState.CANCELLED));
        }
        assertThat(report().state()).isEqualTo("cancelled");
        assertThat(report().jobs().get(0).chunks())
                .extracting(ChunkReport::state)
                .containsOnly(ChunkReport.State.UNSEEN);
        assertThat(Optional.of(report().as(ReportFormat.HTML))).isPresent();
        assertThatThrownBy(() -> RunReport.of(RunHistory.in(state), "20260304-050607-zzzzzz"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("there is no run");
    }
}

package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.batch.Verdict.Cause;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.Scheduler;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.Traits;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.worker.RecordFile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AutopsyTest {
    /** What is left of a worker: nothing, a file without tasks, or one with a task that runs. */
    enum Left {
        NOTHING,
        NO_TASK,
        TASK
    }

    private static class Plain implements Scheduler {
        @Override
        public Traits traits() {
            throw new UnsupportedOperationException();
        }

        @Override
        public JobVariables variables() {
            throw new UnsupportedOperationException();
        }
    }

    private static final Scheduler SHARED = new Plain();

    /** A scheduler whose nodes have files by other ways than a shared directory. */
    private static final Scheduler OTHER = new Plain() {
        @Override
        public String noRecordHint() {
            return "look at the copies";
        }

        @Override
        public String noClassPathHint() {
            return "look at the image";
        }
    };

    private static Harvest.Found found(Left left, int exit, String out, String err) {
        return found(left, exit, out, err, "");
    }

    private static Harvest.Found found(Left left, int exit, String out, String err, String free) {
        RecordFile.Summary summary = left == Left.NOTHING
                ? null
                : new RecordFile.Summary(
                        RecordFile.State.CUT,
                        "it is cut",
                        Optional.of(new RecordFile.Origin(new JobKey(1, 2), 0, 0, 0)),
                        Optional.empty(),
                        0,
                        left == Left.TASK ? OptionalInt.of(7) : OptionalInt.empty(),
                        left == Left.TASK ? Optional.of("System.exit at Foo.java:3") : Optional.empty(),
                        Optional.empty());
        return new Harvest.Found(
                new Harvest.Want(null, 0, true, 0, "p0"),
                summary,
                exit,
                left != Left.NOTHING,
                exit < 0 ? "" : "node7",
                out,
                err,
                free,
                0,
                WorkerUse.UNKNOWN);
    }

    private static Verdict verdict(String state, int exit, Left left, boolean lost) {
        JobStatus status = state.equals("-") ? null : JobStatus.of(JobState.valueOf(state), state + " (why)");
        return Autopsy.of("job x", "slurm", SHARED, status, exit, found(left, exit, "said this", ""), lost);
    }

    @ParameterizedTest(name = "{0}, exit {1}, {2}, lost {3}: {4}")
    @CsvSource({
        // The scheduler's own verdicts come before the exit record.
        "CANCELLED,     143, TASK,    false, CANCELLED",
        "CANCELLED,      -1, NOTHING, false, CANCELLED",
        "TIMED_OUT,     143, TASK,    false, WALLTIME",
        "OUT_OF_MEMORY, 137, TASK,    false, OUT_OF_MEMORY",
        "NODE_FAILED,    -1, TASK,    false, NODE_LOST",
        "PREEMPTED,     143, TASK,    false, PREEMPTED",
        // Then the exit record.
        "FAILED,          3, TASK,    false, EXITED",
        "RUNNING,         3, TASK,    false, EXITED",
        "-,               3, TASK,    false, EXITED",
        "-,               0, TASK,    false, EXITED",
        "FAILED,          1, TASK,    false, EXITED",
        "FAILED,          1, NOTHING, false, NOT_STARTED",
        "FAILED,        126, NOTHING, false, NOT_STARTED",
        "FAILED,        127, NOTHING, false, NOT_STARTED",
        "FAILED,         73, NOTHING, false, NOT_STARTED",
        "FAILED,         73, TASK,    false, EXITED",
        "FAILED,         90, NO_TASK, false, NOT_STARTED",
        "FAILED,         91, NO_TASK, false, NOT_STARTED",
        "FAILED,         92, NO_TASK, false, NOT_STARTED",
        "FAILED,         93, NO_TASK, false, NOT_STARTED",
        "FAILED,         94, NO_TASK, false, NOT_STARTED",
        "FAILED,         94, TASK,    false, EXITED",
        "FAILED,        137, TASK,    false, KILLED",
        "FAILED,        143, NOTHING, false, KILLED",
        "FAILED,        134, TASK,    false, CRASHED",
        "FAILED,        139, TASK,    false, CRASHED",
        "FAILED,        135, TASK,    false, CRASHED",
        "FAILED,        136, TASK,    false, CRASHED",
        // Then what the scheduler says without one.
        "FAILED,         -1, NOTHING, false, NOT_STARTED",
        "FAILED,         -1, TASK,    false, KILLED",
        "SUCCEEDED,      -1, NOTHING, false, LOST",
        "SUCCEEDED,      -1, TASK,    false, LOST",
        "RUNNING,        -1, TASK,    true,  LOST",
        "-,              -1, NOTHING, true,  LOST",
        "UNKNOWN,        -1, TASK,    true,  LOST",
        // What is gone before it had begun was cancelled; what had begun was not.
        "PENDING,        -1, NOTHING, true,  CANCELLED",
        "PENDING,        -1, TASK,    true,  LOST",
    })
    @DisplayName("The cause follows from the scheduler's word, the exit record and what the worker left (R2)")
    void cause(String state, int exit, Left left, boolean lost, Cause cause) {
        Verdict v = verdict(state, exit, left, lost);
        assertThat(v.cause()).isEqualTo(cause);
        assertThat(v.exit()).isEqualTo(exit);
        assertThat(v.message()).startsWith("job x");
        if (!state.equals("-") && JobState.valueOf(state).ended()) {
            assertThat(v.message()).contains("slurm says " + state + " (why)");
        } else if (lost) {
            assertThat(v.message()).contains("slurm does not know it any more");
        }
        if (exit >= 0) {
            assertThat(v.message()).contains("on node7");
        }
        if (left == Left.TASK && cause != Cause.LOST) {
            assertThat(v.message()).contains("in task 7");
        }
        assertThat(v.message()).contains("The end of its standard output:\nsaid this");
        if (cause == Cause.EXITED) {
            assertThat(v.hints()).anyMatch(h -> h.contains("System.exit"));
        }
        if (cause == Cause.OUT_OF_MEMORY) {
            assertThat(v.hints()).anyMatch(h -> h.contains("resources.memory"));
        }
        if (cause == Cause.WALLTIME) {
            assertThat(v.hints()).anyMatch(h -> h.contains("resources.time"));
        }
        if (cause == Cause.NOT_STARTED) {
            assertThat(v.hints()).anyMatch(h -> h.contains("environment."));
        }
    }

    @Test
    @DisplayName("A heap that was full is too little memory, and the story says that it was the heap")
    void heap() {
        Verdict v = verdict("FAILED", io.clustrix.worker.BatchWorker.EXIT_OUT_OF_MEMORY, Left.TASK, false);
        assertThat(v.cause()).isEqualTo(Cause.OUT_OF_MEMORY);
        assertThat(v.message()).contains("heap was full");
    }

    @Test
    @DisplayName("What was ended for a limit that it would meet again is told so, with the scheduler's own mend alone")
    void overLimit() {
        Scheduler disk = new Plain() {
            @Override
            public Optional<String> overLimit(JobStatus ended) {
                return ended.detail().equals("disk") ? Optional.of("Ask for more disk.") : Optional.empty();
            }
        };
        JobStatus failed = JobStatus.of(JobState.FAILED, "disk");
        Verdict v = Autopsy.of("job x", "k8s", disk, failed, 137, found(Left.TASK, 137, "", ""), false);

        assertThat(v.cause()).isEqualTo(Cause.OVER_LIMIT);
        assertThat(v.message()).contains("used more of something than it may").contains("k8s says disk");
        assertThat(v.hints()).containsExactly("Ask for more disk.");
        assertThat(v.state()).isEqualTo(JobState.FAILED);
        assertThat(v.toThrowable()).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(WorkerDiedException.Death.OVER_LIMIT);
            assertThat(e.fault()).isEqualTo(Fault.USER);
            assertThat(e.retryable()).isFalse();
        });
        assertThat(Autopsy.of(
                                "job x",
                                "k8s",
                                disk,
                                JobStatus.of(JobState.FAILED, "other"),
                                137,
                                found(Left.TASK, 137, "", ""),
                                false)
                        .cause())
                .isEqualTo(Cause.KILLED);
    }

    @Test
    @DisplayName("Where the work directory is full, the story says so: nothing else could be written there")
    void fullDisk() {
        Verdict v = Autopsy.of("job x", "slurm", SHARED, null, -1, found(Left.NOTHING, -1, "", "", "12"), true);
        assertThat(v.message()).contains("no space left in the work directory (12 KiB)");
    }

    @Test
    @DisplayName("Standard error is quoted before standard output, and only its end")
    void quotes() {
        String err = "x".repeat(5000) + "the last line";
        Verdict v = Autopsy.of("job x", "slurm", SHARED, null, 1, found(Left.NOTHING, 1, "said this", err), false);
        assertThat(v.message())
                .contains("standard error")
                .contains("the last line")
                .doesNotContain("said this");
        assertThat(v.message().length()).isLessThan(2500);
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    @DisplayName("Each cause becomes an exception with message and hints, and a state that has ended")
    void throwables(Cause cause) {
        Verdict v = new Verdict(cause, 5, "what happened", List.of("do this"));
        assertThat(v.state().ended()).isTrue();
        assertThat(v.toThrowable()).hasMessageContaining("what happened");
        Class<?> type = switch (cause) {
            case WALLTIME -> TaskTimeoutException.class;
            case CANCELLED -> CancellationException.class;
            case REFUSED, DAMAGED -> SchedulerException.class;
            case HOST, CONFIGURATION, LOG_IN -> HostException.class;
            case ENVIRONMENT -> ProvisioningException.class;
            default -> WorkerDiedException.class;
        };
        assertThat(v.toThrowable()).isInstanceOf(type);
    }

    @Test
    @DisplayName("A verdict of an exception has its message and hints once each")
    void ofException() {
        Verdict v = Verdict.of(new HostException("no way", List.of("walk"), null));
        assertThat(v.message()).isEqualTo("no way");
        assertThat(v.hints()).containsExactly("walk");
        for (Fault fault : List.of(Fault.SITE, Fault.USER, Fault.CONFIGURATION)) {
            assertThat(Verdict.of(new HostException(fault, false, "no way", List.of(), null))
                            .toThrowable())
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.fault()).isEqualTo(fault));
        }
        assertThat(Verdict.of(new IllegalStateException("odd")).message()).contains("IllegalStateException", "odd");
    }

    @Test
    @DisplayName("Where files are missing, the scheduler says what to look at: not all have a shared directory")
    void schedulersHints() {
        String noClass = "Error: Could not find or load main class io.clustrix.worker.BatchWorker";
        assertThat(Autopsy.of("job x", "k8s", OTHER, null, 1, found(Left.NOTHING, 1, "", noClass), false)
                        .hints())
                .singleElement()
                .asString()
                .contains("look at the image");
        for (JobState state : List.of(JobState.SUCCEEDED, JobState.FAILED)) {
            JobStatus status = JobStatus.of(state, "so it is");
            assertThat(Autopsy.of("job x", "k8s", OTHER, status, -1, found(Left.NOTHING, -1, "", ""), false)
                            .hints())
                    .contains("look at the copies");
            assertThat(Autopsy.of("job x", "slurm", SHARED, status, -1, found(Left.NOTHING, -1, "", ""), false)
                            .hints())
                    .anyMatch(h -> h.contains("share the work directory"));
        }
        JobStatus waits = JobStatus.of(JobState.PENDING, "waits");
        assertThat(Autopsy.of("job x", "k8s", OTHER, waits, -1, found(Left.NOTHING, -1, "", ""), true)
                        .hints())
                .singleElement()
                .asString()
                .contains("look at the copies");
    }

    private static Verdict notStarted(int exit, String err) {
        return Autopsy.of("job x", "slurm", SHARED, null, exit, found(Left.NOTHING, exit, "", err), false);
    }

    @Test
    @DisplayName("A JVM that does not come up: the hint names the setting, the option, the versions")
    void jvm() {
        String no = "\nError: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred.";
        assertThat(notStarted(1, "Unrecognized VM option 'UseFoo'" + no).hints())
                .containsExactly(
                        "the node's Java does not take 'UseFoo': see environment.jvm-options, and environment.java");
        assertThat(notStarted(1, "Unrecognized option: -Xfoo" + no).hints())
                .singleElement()
                .asString()
                .contains("-Xfoo")
                .contains("environment.jvm-options");
        assertThat(notStarted(1, "Invalid initial heap size: -Xms1" + no).hints())
                .singleElement()
                .asString()
                .contains("environment.jvm-options");
        assertThat(notStarted(1, "Error: Could not find or load main class io.clustrix.worker.BatchWorker")
                        .hints())
                .singleElement()
                .asString()
                .contains("share the work directory");
        assertThat(notStarted(1, "Error: Could not find or load main class @class-path")
                        .hints())
                .singleElement()
                .asString()
                .contains("older than 9")
                .contains("environment.java");
        assertThat(notStarted(
                                1,
                                "Exception in thread \"main\" java.lang.UnsupportedClassVersionError: io/clustrix/worker/BatchWorker"
                                        + " has been compiled by a more recent version of the Java Runtime (class file version"
                                        + " 61.0), this version of the Java Runtime only recognizes class file versions up to"
                                        + " 55.0")
                        .hints())
                .containsExactly("the Java on the node is version 11, and io.clustrix.worker.BatchWorker needs 17:"
                        + " set environment.java, or load a module that has it");
    }

    @Test
    @DisplayName(
            "An environment that could not be set up is told of by what was printed, and not called the worker's end")
    void setUp() {
        Verdict v = notStarted(73, "unknown: java/99\nmodule load java/99 failed with exit code 1");
        assertThat(v.message())
                .contains("environment could not be set up")
                .contains("unknown: java/99")
                .contains("module load java/99 failed");
        assertThat(v.hints()).singleElement().asString().contains("environment.modules");
    }
}

package io.clustrix.internal.batch;

import io.clustrix.internal.batch.Verdict.Cause;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Scheduler;
import io.clustrix.worker.BatchWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an element has died of, from all that is known: the exit record that its script wrote, the scheduler's word,
 * what its worker had written, and its output (requirement R2: the verdict names its source). Pure.
 */
final class Autopsy {
    private static final int MOST_QUOTED = 2000;
    private static final int SIGNALS = 128;
    private static final int SIGKILL = 9;
    private static final int FIRST_CLASS_FILES = 44;
    private static final Pattern OLDER_JAVA = Pattern.compile(
            "(\\S+) has been compiled by a more recent version of the Java Runtime \\(class file version (\\d{2,3})\\.\\d+\\),"
                    + " this version of the Java Runtime only recognizes class file versions up to (\\d{2,3})\\.");
    private static final Pattern UNKNOWN_OPTION =
            Pattern.compile("(?:Unrecognized VM option|Unrecognized option:|VM option) ?('?[^\\s']+'?)");

    private Autopsy() {}

    /**
     * The verdict.
     *
     * @param what the job and its tasks, for the message
     * @param scheduler the scheduler's name
     * @param kind knows what to look at where files are missing
     * @param status the scheduler's last word, if there was any
     * @param exitCode what the exit record says, -1 if there is none
     * @param lost whether the scheduler has not known it for long enough
     */
    static Verdict of(
            String what,
            String scheduler,
            Scheduler kind,
            @Nullable JobStatus status,
            int exitCode,
            Harvest.Found found,
            boolean lost) {
        JobState state = status == null ? JobState.UNKNOWN : status.state();
        // A record may be lost with its node; this code is one that nothing but a worker's end by its lease has.
        boolean abandoned = exitCode < 0
                && status != null
                && status.exit().equals(OptionalInt.of(BatchWorker.EXIT_LEASE))
                && found.want().job().record.lease().isPresent();
        Optional<String> overLimit =
                status != null && state == JobState.FAILED ? kind.overLimit(status) : Optional.empty();
        Cause cause = abandoned
                ? Cause.ABANDONED
                : overLimit.isPresent() ? Cause.OVER_LIMIT : cause(state, exitCode, found, lost);
        StringBuilder message = new StringBuilder(what);
        if (found.running() >= 0 && cause != Cause.LOST) {
            message.append(", in task ").append(found.running());
        }
        if (!found.node().isEmpty()) {
            message.append(" on ").append(found.node());
        } else if (status != null && status.host().isPresent()) {
            message.append(" on ").append(status.host().get());
        }
        boolean waited = waited(state, exitCode, found, lost);
        message.append(": ")
                .append(waited ? "somebody has cancelled it while it waited" : story(cause, exitCode, state));
        if (!found.lastWords().isEmpty() && cause == Cause.EXITED) {
            message.append(" (").append(found.lastWords().strip()).append(')');
        }
        if (status != null && state.ended() && !status.detail().isEmpty()) {
            message.append("; ").append(scheduler).append(" says ").append(status.detail());
        } else if (lost) {
            message.append("; ").append(scheduler).append(" does not know it any more");
        }
        if (!found.free().isEmpty()) {
            message.append("; no space left in the work directory (")
                    .append(found.free().strip())
                    .append(" KiB)");
        }
        quote(message, "standard error", found.err());
        if (found.err().isBlank() || cause == Cause.CRASHED) { // a JVM tells of its crash there
            quote(message, "standard output", found.out());
        }
        List<String> hints = waited
                ? List.of("if nobody has: " + kind.noRecordHint())
                : hints(kind, cause, state, exitCode, found.err());
        return new Verdict(
                cause,
                exitCode,
                message.toString(),
                overLimit.isPresent() && !abandoned ? List.of(overLimit.get()) : hints);
    }

    /**
     * Whether it has gone from the queue before it had begun. Of array elements that are cancelled while they wait
     * Slurm keeps no trace without an accounting.
     */
    private static boolean waited(JobState state, int exitCode, Harvest.Found found, boolean lost) {
        return lost && state == JobState.PENDING && exitCode < 0 && !found.began();
    }

    private static Cause cause(JobState state, int exitCode, Harvest.Found found, boolean lost) {
        Optional<Cause> said = said(state);
        if (said.isPresent()) {
            return said.get();
        }
        if (exitCode >= 0) {
            return byExitCode(exitCode, found);
        }
        if (waited(state, exitCode, found, lost)) {
            return Cause.CANCELLED;
        }
        if (state == JobState.FAILED) {
            return found.summary() == null ? Cause.NOT_STARTED : Cause.KILLED;
        }
        return lost || state == JobState.SUCCEEDED ? Cause.LOST : Cause.KILLED;
    }

    /** What the scheduler says, where nobody knows better. */
    private static Optional<Cause> said(JobState state) {
        return switch (state) {
            case CANCELLED -> Optional.of(Cause.CANCELLED);
            case TIMED_OUT -> Optional.of(Cause.WALLTIME);
            case OUT_OF_MEMORY -> Optional.of(Cause.OUT_OF_MEMORY);
            case NODE_FAILED -> Optional.of(Cause.NODE_LOST);
            case PREEMPTED -> Optional.of(Cause.PREEMPTED);
            default -> Optional.empty();
        };
    }

    private static Cause byExitCode(int code, Harvest.Found found) {
        if (code == BatchWorker.EXIT_OUT_OF_MEMORY) {
            return Cause.OUT_OF_MEMORY;
        }
        if (code == BatchWorker.EXIT_LEASE && found.want().job().record.lease().isPresent()) {
            return Cause.ABANDONED;
        }
        boolean began = found.summary() != null
                && (found.running() >= 0 || found.summary().outcomes() > 0);
        if (!began
                && (code == JobScript.EXIT_SET_UP
                        || code == 126
                        || code == 127
                        || code == 1
                        || (code >= BatchWorker.EXIT_PACK && code <= BatchWorker.EXIT_INTERNAL))) {
            return Cause.NOT_STARTED;
        }
        return switch (code - SIGNALS) {
            case 4, 5, 6, 7, 8, 11 -> Cause.CRASHED; // ILL, TRAP, ABRT, BUS, FPE, SEGV
            default -> code > SIGNALS ? Cause.KILLED : Cause.EXITED;
        };
    }

    private static String story(Cause cause, int exitCode, JobState state) {
        return switch (cause) {
            case EXITED -> "the worker ended with exit code " + exitCode + " before the task did";
            case KILLED ->
                exitCode > SIGNALS
                        ? "the worker was ended by signal " + (exitCode - SIGNALS)
                        : "the worker ended before the task did";
            case CRASHED -> "the worker's JVM crashed (signal " + (exitCode - SIGNALS) + ")";
            case NOT_STARTED ->
                exitCode == JobScript.EXIT_SET_UP
                        ? "the worker was not started, as its environment could not be set up"
                        : exitCode >= 0
                                ? "the worker did not start (exit code " + exitCode + ")"
                                : "the job could not be started";
            case OUT_OF_MEMORY ->
                exitCode == BatchWorker.EXIT_OUT_OF_MEMORY
                        ? "the worker's heap was full"
                        : "the job used more memory than it had asked for";
            case OVER_LIMIT -> "the job used more of something than it may";
            case WALLTIME -> "the walltime was over";
            case CANCELLED -> "the job was cancelled by somebody else";
            case NODE_LOST -> "the node was lost";
            case PREEMPTED -> "the job was pre-empted";
            case LOST ->
                state == JobState.SUCCEEDED
                        ? "it has left neither results nor a record of its end"
                        : "nobody knows what has become of it";
            case ABANDONED -> "it ended itself, because its lease was not renewed";
            case REFUSED, HOST, CONFIGURATION, LOG_IN, ENVIRONMENT, DAMAGED -> "it could not be run";
        };
    }

    private static List<String> hints(Scheduler kind, Cause cause, JobState state, int exitCode, String err) {
        List<String> noRecord =
                List.of(kind.noRecordHint(), "see that no line of environment.setup ends the job's script");
        List<String> hints = new ArrayList<>();
        switch (cause) {
            case OUT_OF_MEMORY ->
                hints.add("ask for more memory (resources.memory), or set retry.out-of-memory = true");
            case WALLTIME ->
                hints.add("ask for more time (resources.time), use smaller chunks, or set retry.walltime = true");
            case NOT_STARTED -> {
                if (exitCode == JobScript.EXIT_SET_UP) {
                    hints.add("see environment.modules and environment.setup in the cluster's block; module avail, on a"
                            + " node, lists the modules there are");
                } else if (hintOfJvm(kind, err).isPresent()) {
                    hints.add(hintOfJvm(kind, err).get());
                } else if (exitCode >= 0) {
                    hints.add("see that the nodes have a Java of the right version: environment.java,"
                            + " environment.modules, environment.jvm-options");
                } else {
                    // Its script would have written a record of its end.
                    hints.addAll(noRecord);
                }
            }
            case LOST ->
                hints.addAll(
                        state == JobState.SUCCEEDED
                                ? noRecord
                                : List.of("it may have been cancelled while it waited, or have ended so long ago that"
                                        + " the scheduler has forgotten it"));
            case KILLED -> {
                if (exitCode == SIGNALS + SIGKILL) {
                    hints.add("where nobody has killed it, the node's memory may have run out: ask for more memory"
                            + " (resources.memory)");
                }
            }
            case CRASHED ->
                hints.add("the JVM's report, hs_err_pid*.log, is in the directory that the worker ran in: without"
                        + " another setting the job's own");
            case EXITED -> hints.add("a task must not call System.exit: throw an exception");
            default -> {}
        }
        return hints;
    }

    /** What to do about a JVM that did not come up, by what it said. */
    private static Optional<String> hintOfJvm(Scheduler kind, String err) {
        Matcher old = OLDER_JAVA.matcher(err);
        if (old.find()) {
            return Optional.of("the Java on the node is version " + release(old.group(3)) + ", and "
                    + old.group(1).replace('/', '.') + " needs " + release(old.group(2))
                    + ": set environment.java, or load a module that has it");
        }
        if (err.contains("Could not reserve")
                || err.contains("Could not allocate")
                || err.contains("unable to create native thread")) {
            return Optional.of(
                    "the JVM does not fit into the memory, or the address space, that the job may have: ask for"
                            + " more memory (resources.memory)");
        }
        Matcher option = UNKNOWN_OPTION.matcher(err);
        boolean named = option.find();
        if (err.contains("main class @")) { // it takes no argument files
            return Optional.of("the Java on the node is older than 9: set environment.java, or load a module that has"
                    + " a newer one");
        }
        if (err.contains("main class io.clustrix.worker.")) {
            return Optional.of("the worker's class path is not on the node: " + kind.noClassPathHint());
        }
        return named || err.contains("Could not create the Java Virtual Machine")
                ? Optional.of("the node's Java does not take " + (named ? option.group(1) : "one of its options")
                        + ": see environment.jvm-options, and environment.java")
                : Optional.empty();
    }

    /** The Java that first had a version of class files. */
    private static int release(String classFiles) {
        return Integer.parseInt(classFiles) - FIRST_CLASS_FILES;
    }

    private static void quote(StringBuilder message, String what, String text) {
        String t = text.strip();
        if (!t.isEmpty()) {
            message.append("\nThe end of its ")
                    .append(what)
                    .append(":\n")
                    .append(t.length() > MOST_QUOTED ? "..." + t.substring(t.length() - MOST_QUOTED) : t);
        }
    }
}

package io.clustrix.testkit.fake;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A job that is no array, or one of the elements of one; guarded by the scheduler's lock. */
final class Element {
    /** The index of what is no element of an array. */
    static final int NONE = -1;

    /** Where it is. */
    enum State {
        WAITING,
        RUNNING,
        ENDED
    }

    /** Why it has ended, or is being ended. */
    enum Cause {
        EXITED,
        CANCELLED,
        OUT_OF_TIME,
        NODE_LOST,
        NOT_STARTED
    }

    final Job job;
    final int index;
    State state = State.WAITING;
    Cause cause = Cause.EXITED;

    /** The exit code of the job's own process. */
    int code;

    /** The signal that has ended it, or 0. */
    int signal;

    /** How often it has been started. */
    int runs;

    Instant started = Instant.EPOCH;
    Instant ended = Instant.EPOCH;

    /** The process, which is the leader of a group; 0 if there is none. */
    long pid;

    @Nullable
    Process process;

    /** Done when the end of the process has been noted. */
    @Nullable
    CompletableFuture<Void> end;

    /** What its scheduler notes about it. */
    final Map<String, String> facts = new HashMap<>();

    /** It waits until this moment, if any. */
    @Nullable
    Instant notBefore;

    Element(Job job, int index) {
        this.job = job;
        this.index = index;
    }

    boolean hasRun() {
        return runs > 0;
    }

    boolean running() {
        return state == State.RUNNING;
    }
}

package io.clustrix.files;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a stream has thrown on a host's thread, where it only ends the command, for the thread that waits for it. */
final class Fault {
    private volatile @Nullable IOException failure;
    private volatile @Nullable RuntimeException fault;

    /** Something that may throw. */
    interface Step<T> {
        T take() throws IOException;
    }

    /** Takes a step, and keeps what it throws. */
    <T> T kept(Step<T> step) throws IOException {
        try {
            return step.take();
        } catch (IOException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            fault = e;
            throw e;
        }
    }

    /** Throws what was thrown, if something was. */
    void rethrow() throws IOException {
        RuntimeException thrown = fault;
        if (thrown != null) {
            throw thrown;
        }
        IOException problem = failure;
        if (problem != null) {
            throw problem;
        }
    }
}

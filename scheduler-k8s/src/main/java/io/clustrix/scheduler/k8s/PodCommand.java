package io.clustrix.scheduler.k8s;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A command that runs in a pod. Kubernetes can't tell a command that its input has ended, so what it is to read needs a
 * length of its own, and closing {@link #input()} does not reach it. If the connection is cut the command may run on.
 */
interface PodCommand extends AutoCloseable {
    /** What the command reads. Not buffered. */
    OutputStream input();

    /** What it prints. Ends when the command does; throws if the connection is cut before. */
    InputStream output();

    /** The end of what it printed on standard error, so far. */
    String errors();

    /**
     * Waits for its end.
     *
     * @return the exit code
     * @throws IOException if the connection was cut, or it has not ended by then
     */
    int exit(Duration limit) throws IOException, InterruptedException;

    /** Lets the connection go. Calling it again does nothing. */
    @Override
    void close();
}

package io.clustrix.spi;

import java.io.OutputStream;

/**
 * Where commands run: this machine, or a login node. The only door to the outside: files go in and come out through the
 * standard input and output of commands, many of them in one stream, so that one round trip does for any number of
 * files.
 *
 * <p><b>Threads:</b> thread-safe; commands run side by side. The host owns its connection and the threads that serve
 * it.
 */
public interface Host extends AutoCloseable {
    /** What it is called in messages, for instance {@code login1.example.org}. */
    String name();

    /**
     * Runs a command and waits for its end. Both outputs are always drained; what is kept of them is bounded, and the
     * result says if something was dropped. What a login shell prints before the command is not part of its output.
     *
     * @throws HostException if the host can't be reached, the link breaks, or the command's timeout is over, by which
     *     it and its child processes have been killed if that was possible; then nothing is known about its effect
     * @throws InterruptedException if this thread was interrupted; the command is killed then
     */
    CommandResult run(Command command) throws InterruptedException;

    /**
     * The same, but standard output goes into a stream as it comes, whole and of any length, and the result's own is
     * empty.
     *
     * @param out neither flushed nor closed; if it throws, the command is killed and the exception is the cause of a
     *     {@link HostException}
     * @throws HostException as {@link #run(Command)} does; the stream may have received a part then
     * @throws InterruptedException if this thread was interrupted; the command is killed then
     */
    CommandResult run(Command command, OutputStream out) throws InterruptedException;

    /** Ends what runs and closes the connection, within seconds. Calling it again does nothing. */
    @Override
    void close();
}

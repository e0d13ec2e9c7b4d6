package io.clustrix.spi;

import java.io.InputStream;
import java.util.Collection;
import java.util.Map;

/**
 * Where commands run and files lie: this machine, or a login node. The only door to the outside. Thread-safe.
 *
 * <p>Every method has a deadline, reacts to interruption, and throws {@link HostException} when the host can't be
 * reached or the link breaks; then nothing is known about the effect of what was asked.
 */
public interface Host extends AutoCloseable {
    /** What it is called in messages, for instance {@code login1.example.org}. */
    String name();

    /**
     * Runs a command and waits for its end. Its output is always drained, and kept up to a bound.
     *
     * @throws InterruptedException if this thread was interrupted; the command is killed then
     */
    CommandResult run(Command command) throws InterruptedException;

    /**
     * Sends files in one stream. Each appears whole or not at all (temporary name, then rename).
     *
     * @throws InterruptedException if this thread was interrupted
     */
    void put(Collection<Upload> files) throws InterruptedException;

    /**
     * Reads a file.
     *
     * @return its bytes; the caller closes the stream
     * @throws InterruptedException if this thread was interrupted
     */
    InputStream get(RemotePath path) throws InterruptedException;

    /**
     * The sizes in bytes of those files that exist, by one round trip.
     *
     * @throws InterruptedException if this thread was interrupted
     */
    Map<RemotePath, Long> sizes(Collection<RemotePath> paths) throws InterruptedException;

    /** Closes the connection. Calling it again does nothing. */
    @Override
    void close();
}

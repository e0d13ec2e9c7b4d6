package io.clustrix.spi;

/**
 * Connects to {@linkplain Host hosts}.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider}
 */
public interface HostProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /**
     * A host, which the caller closes. Connects at once or at the first command.
     *
     * @throws InterruptedException if this thread was interrupted
     */
    Host connect(S settings) throws InterruptedException;
}

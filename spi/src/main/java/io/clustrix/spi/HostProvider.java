package io.clustrix.spi;

/**
 * Makes {@linkplain Host hosts} of one kind of transport.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider} from the block of the cluster's block that
 *     has the plugin's name: {@code ssh { user = anna }}
 */
public interface HostProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /**
     * A host, which the caller closes. No I/O: it connects at its first command.
     *
     * @param destination what the cluster's block has under {@code host}: a name, an address, or an alias that the
     *     transport's own configuration explains
     * @throws ConfigurationException if the destination or a setting is wrong in a way the record could not know
     */
    Host connect(String destination, S settings, HostContext context);
}

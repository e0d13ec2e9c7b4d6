package io.clustrix.spi;

/**
 * Makes {@linkplain SchedulerDialect dialects}: the hundred-line plugin.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider}
 */
public interface DialectProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /** A dialect with these settings. */
    SchedulerDialect create(S settings);
}

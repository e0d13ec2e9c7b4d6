package io.clustrix.spi;

/**
 * Makes {@linkplain EnvironmentProvisioner provisioners}.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider}
 */
public interface ProvisionerProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /** A provisioner with these settings. */
    EnvironmentProvisioner create(S settings);
}

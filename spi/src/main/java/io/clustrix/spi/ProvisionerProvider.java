package io.clustrix.spi;

import java.nio.file.Path;
import java.util.Map;

/**
 * Makes {@linkplain EnvironmentProvisioner provisioners}. A cluster names it by {@code environment.provisioner}. Its
 * options are texts, as those of a serializer: {@code environment.properties}.
 */
public interface ProvisionerProvider extends Provider {
    /**
     * A provisioner with these options.
     *
     * @param cacheDirectory a directory of this user for what can be made again; it may not exist yet, and may not be
     *     writable
     * @throws IllegalArgumentException if an option is unknown or wrong
     */
    EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory);
}

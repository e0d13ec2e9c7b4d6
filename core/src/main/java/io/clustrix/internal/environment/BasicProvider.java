package io.clustrix.internal.environment;

import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.ProvisionerProvider;
import java.nio.file.Path;
import java.util.Map;

/** The Java that is there. */
public final class BasicProvider implements ProvisionerProvider {
    /** Its name. */
    public static final String NAME = "basic";

    /** For the service loader. */
    public BasicProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory) {
        TwoRuntimeProvider.check(properties); // which may stand there for both
        return new BasicProvisioner(Runtime.version().feature());
    }
}

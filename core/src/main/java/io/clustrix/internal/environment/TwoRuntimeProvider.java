package io.clustrix.internal.environment;

import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.ProvisionerProvider;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A Java that is found or sent, and one that supervises it where that is asked for. */
public final class TwoRuntimeProvider implements ProvisionerProvider {
    /** The option that names the modules of the Java that is sent, with commas between. */
    static final String MODULES = "runtime-modules";

    /** For the service loader. */
    public TwoRuntimeProvider() {}

    @Override
    public String name() {
        return "two-runtime";
    }

    @Override
    public EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory) {
        if (!Set.of(MODULES).containsAll(properties.keySet())) {
            throw unknown(properties);
        }
        List<String> modules = Arrays.stream(
                        properties.getOrDefault(MODULES, "").split("[,\\s]+", -1))
                .filter(m -> !m.isEmpty())
                .toList();
        return new TwoRuntimeProvisioner(
                new RuntimeImage(cacheDirectory, Path.of(System.getProperty("java.home")), modules),
                Runtime.version().feature());
    }

    static IllegalArgumentException unknown(Map<String, String> properties) {
        Set<String> names = new TreeSet<>(properties.keySet());
        names.remove(MODULES);
        return new IllegalArgumentException(
                "environment.properties has " + names + ", and this provisioner knows '" + MODULES + "' only");
    }
}

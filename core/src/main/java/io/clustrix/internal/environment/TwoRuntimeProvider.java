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
    private static final String MODULES = "runtime-modules";
    private static final String FOLDERS = "java-folders";
    private static final Set<String> KNOWN = Set.of(MODULES, FOLDERS);
    private static final String USUAL_FOLDERS =
            "/usr/lib/jvm/* /opt/java/* /opt/*jdk* /usr/java/* /usr/local/*jdk* ~/.sdkman/candidates/java/* ~/.jdks/*";

    /** For the service loader. */
    public TwoRuntimeProvider() {}

    @Override
    public String name() {
        return "two-runtime";
    }

    @Override
    public EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory) {
        check(properties);
        List<String> folders = words(properties.getOrDefault(FOLDERS, USUAL_FOLDERS), "\\s+");
        for (String folder : folders) {
            if (!folder.startsWith("/") && !folder.startsWith("~/")) {
                throw new IllegalArgumentException(
                        FOLDERS + " has '" + folder + "', which begins neither with / nor with ~/");
            }
        }
        return new TwoRuntimeProvisioner(
                new RuntimeImage(
                        cacheDirectory,
                        Path.of(System.getProperty("java.home")),
                        words(properties.getOrDefault(MODULES, ""), "[,\\s]+")),
                Runtime.version().feature(),
                folders);
    }

    private static List<String> words(String text, String between) {
        return Arrays.stream(text.split(between, -1)).filter(w -> !w.isEmpty()).toList();
    }

    /** Refuses options that neither of the two has. */
    static void check(Map<String, String> properties) {
        Set<String> names = new TreeSet<>(properties.keySet());
        names.removeAll(KNOWN);
        if (!names.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no option " + String.join(", ", names) + "; there are " + MODULES + " and " + FOLDERS);
        }
    }
}

package io.clustrix.it;

import io.clustrix.Clustrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One Clustrix for all tests that leave it as it was, with the clusters {@code threads}, {@code processes} and
 * {@code auto}, of two workers each. Tests that do harm open their own.
 */
final class SharedClusters implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Clustrix.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedClusters.class))
                .computeIfAbsent(Shared.class, k -> new Shared(), Shared.class)
                .clustrix;
    }

    /** Settings that keep a test to itself: a cache of its own, no archive made in the background, two workers. */
    static Clustrix.Builder builder(Path cache, String mode) {
        return Clustrix.builder()
                .set("cache-directory", cache)
                .set("clusters.local.mode", mode)
                .set("clusters.local.workers", 2)
                .set("clusters.local.class-data-sharing", false);
    }

    private static final class Shared implements AutoCloseable {
        private final Path cache;
        private final Clustrix clustrix;

        Shared() {
            try {
                cache = Files.createTempDirectory("clustrix-it-");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            Clustrix.Builder builder = builder(cache, "auto").set("default-cluster", "auto");
            for (String mode : List.of("threads", "processes", "auto")) {
                builder.set("clusters." + mode + ".executor", "local")
                        .set("clusters." + mode + ".mode", mode)
                        .set("clusters." + mode + ".workers", 2)
                        .set("clusters." + mode + ".jvm-options", List.of("-XX:ErrorFile=" + cache + "/crash_%p.log"));
            }
            clustrix = builder.open();
        }

        @Override
        public void close() throws IOException {
            clustrix.close();
            try (Stream<Path> files = Files.walk(cache)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}

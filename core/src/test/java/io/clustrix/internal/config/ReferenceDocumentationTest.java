package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("reference.conf is the documentation of every setting")
final class ReferenceDocumentationTest {
    private final String written;

    // With the settings that have no default, which stand there behind a '#' without a blank.
    private final Config full;

    ReferenceDocumentationTest() throws IOException {
        // The build's own and not any jar's: several modules may lie on the class path.
        try (InputStream in = ConfigurationLoader.class.getResourceAsStream("/reference.conf")) {
            written = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        full = ConfigFactory.parseString(written.replaceAll("(?m)^(\\s*)#(?=[a-z])", "$1"));
    }

    private static Set<String> expected() {
        Set<String> paths = new TreeSet<>();
        Shape.leaves(GlobalSettings.class).forEach(leaf -> paths.add("clustrix." + leaf.path()));
        Shape.leaves(CommonSettings.class).forEach(leaf -> paths.add("clustrix.cluster-defaults." + leaf.path()));
        Shape.leaves(BatchSettings.class).forEach(leaf -> paths.add("clustrix.batch-defaults." + leaf.path()));
        return paths;
    }

    @Test
    @DisplayName("each component of each settings record stands in it, set or commented out")
    void complete() {
        assertThat(expected())
                .allSatisfy(
                        path -> assertThat(full.hasPathOrNull(path)).as(path).isTrue());
    }

    @Test
    @DisplayName("docs/configuration.md names each of them too")
    void page() throws IOException {
        // The build runs in the module's directory, an IDE in the project's.
        Path page = Path.of(Files.exists(Path.of("docs")) ? "docs" : "../docs", "configuration.md");
        String text = Files.readString(page);

        assertThat(expected())
                .allSatisfy(path -> assertThat(text).contains("`" + path.substring(path.lastIndexOf('.') + 1) + "`"));
    }

    @Test
    @DisplayName("it has no key that no record has")
    void noMore() {
        Set<String> allowed = expected();
        allowed.add("clustrix.clusters.local.executor");

        assertThat(full.entrySet().stream().map(Map.Entry::getKey)).isSubsetOf(allowed);
    }

    @Test
    @DisplayName("each key has a comment of its own right above it")
    void commented() {
        List<String> bare = new ArrayList<>();
        collectBare("clustrix", full.getConfig("clustrix"), bare);

        assertThat(bare).as("keys without a comment").isEmpty();
    }

    private static void collectBare(String path, Config block, List<String> bare) {
        for (Map.Entry<String, ConfigValue> entry : block.root().entrySet()) {
            String full = path + "." + entry.getKey();
            String comment = entry.getValue().origin().comments().stream()
                    .map(String::strip)
                    .collect(Collectors.joining(" "));
            if (comment.length() < 10) {
                bare.add(full);
            }
            if (entry.getValue() instanceof com.typesafe.config.ConfigObject deeper) {
                collectBare(full, deeper.toConfig(), bare);
            }
        }
    }

    @Test
    @DisplayName("the examples in it are valid values")
    void examples() {
        Problems problems = new Problems();
        Surroundings surroundings = new Surroundings(Map.of(), Map.of(), Path.of("/home/anna"), Path.of("/home/anna"));
        // Both names of the queue are shown, and only one may be set.
        new SettingsReader(surroundings, ExecutorPlugins.of(Map.of("local", Empty.class)), problems)
                .read(full.withoutPath("clustrix.cluster-defaults.resources.queue")
                        .getObject("clustrix"));

        problems.throwIfAny();
    }

    record Empty() {}
}

package io.clustrix.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysPageTest {
    static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    static List<Path> files() throws IOException {
        return KeysPage.files(ROOT);
    }

    @Test
    @DisplayName("docs/keys.md has each key of each reference.conf as it is now")
    void page() throws IOException {
        Path page = ROOT.resolve("docs/keys.md");
        String text = KeysPage.text(ROOT);
        if (Boolean.getBoolean("keys.write")) {
            Files.writeString(page, text);
        }

        assertThat(page)
                .as("docs/keys.md; ./mvnw verify -pl site -Dkeys.write=true writes it anew")
                .hasContent(text);
    }

    @Test
    @DisplayName("all modules that have settings are found")
    void modules() throws IOException {
        assertThat(files())
                .extracting(f -> ROOT.relativize(f).getName(0).toString())
                .startsWith("core")
                .contains("local-executor", "host-ssh", "scheduler-k8s", "scheduler-slurm");
    }

    @ParameterizedTest
    @MethodSource("files")
    @DisplayName("the lines of a file mean what HOCON's own parser reads there")
    void sameAsHocon(Path file) throws IOException {
        Map<String, Object> expected = new TreeMap<>();
        leaves("", ConfigFactory.parseFile(file.toFile()).root(), expected);
        Map<String, Object> found = new TreeMap<>();
        for (KeyFile.Block block :
                KeyFile.parse(file.toString(), Files.readAllLines(file)).blocks()) {
            for (KeyFile.Key key : block.keys()) {
                key.defaultValue().ifPresent(value -> {
                    Config one = ConfigFactory.parseString(value.equals("{}") ? "v {}" : "v = " + value);
                    found.put(block.path() + "." + key.name(), one.getValue("v").unwrapped());
                });
                key.example()
                        .ifPresent(value -> assertThat(ConfigFactory.parseString("v = " + value)
                                        .root())
                                .as("the example of " + key.name())
                                .containsKey("v"));
                assertThat(key.text().isEmpty() && block.text().isEmpty())
                        .as(block.path() + "." + key.name() + " has no description")
                        .isFalse();
            }
        }

        assertThat(found).isEqualTo(expected);
    }

    @Test
    @DisplayName("keys without a default, lists of several lines, one comment for two keys")
    void forms() {
        KeyFile file = KeyFile.parse(
                "x.conf",
                List.of(
                        "# Of the file.",
                        "",
                        "# All of",
                        "# them.",
                        "a.b {",
                        "",
                        "  # How | many.",
                        "  #cores = 4",
                        "",
                        "  # Names.",
                        "  names = [\"x\",",
                        "    \"y\"]",
                        "",
                        "  # From, and to.",
                        "  from = 1s",
                        "  to = 2s",
                        "  c {",
                        "    d {}",
                        "  }",
                        "}"));

        assertThat(file.blocks())
                .containsExactly(
                        new KeyFile.Block(
                                "a.b",
                                List.of("All of", "them."),
                                List.of(
                                        new KeyFile.Key(
                                                "cores", Optional.empty(), Optional.of("4"), List.of("How | many.")),
                                        key("names", "[\"x\", \"y\"]", "Names."),
                                        key("from", "1s", "From, and to."),
                                        key("to", "2s", "From, and to."))),
                        new KeyFile.Block(
                                "a.b.c",
                                List.of(),
                                List.of(new KeyFile.Key("d", Optional.of("{}"), Optional.empty(), List.of()))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"}", "a = 1", "a {\n  ?\n}", "a {\n", "a { b = 1 }"})
    @DisplayName("what has another form is refused")
    void otherForms(String text) {
        assertThatThrownBy(() -> KeyFile.parse("x.conf", text.lines().toList()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("x.conf:");
    }

    private static KeyFile.Key key(String name, String value, String text) {
        return new KeyFile.Key(name, Optional.of(value), Optional.empty(), List.of(text));
    }

    private static void leaves(String path, ConfigObject object, Map<String, Object> found) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            if (entry.getValue() instanceof ConfigObject inner && !inner.isEmpty()) {
                leaves(key, inner, found);
            } else {
                found.put(key, entry.getValue().unwrapped());
            }
        }
    }
}

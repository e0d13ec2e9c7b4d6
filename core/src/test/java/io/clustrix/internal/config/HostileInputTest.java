package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Files that are broken or meant to break end in a clear error")
@Timeout(120)
final class HostileInputTest {
    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    private String failure(byte[] bytes) throws IOException {
        Files.createDirectories(sandbox.userFile().getParent());
        Files.write(sandbox.userFile(), bytes);
        return sandbox.failure();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# nothing", "{}", "\uFEFF", "// a\n\uFEFF", "clustrix {}", "clustrix = null"})
    @DisplayName("but an empty file is fine")
    void empty(String text) {
        sandbox.user(text);

        // 'clustrix = null' takes everything away, so that the required keys are missing.
        if (text.contains("null")) {
            assertThat(sandbox.failure()).contains("clustrix");
        } else {
            assertThat(sandbox.settings().defaultCluster()).isEqualTo("local");
        }
    }

    @Test
    @DisplayName("binary garbage")
    void garbage() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[1 + random.nextInt(3000)];
            random.nextBytes(bytes);

            assertThat(failure(bytes))
                    .as("round %d", i)
                    .contains(sandbox.userFile().toString());
        }
        assertThat(failure(new byte[] {'a', 0, 'b'})).contains("control character (code 0)");
        assertThat(failure("clustrix {}".getBytes(StandardCharsets.UTF_16))).contains("is not UTF-8 text");
    }

    @Test
    @DisplayName("ten megabytes, of whatever")
    void large() throws IOException {
        assertThat(failure("a".repeat(10_000_000).getBytes(StandardCharsets.UTF_8)))
                .contains("more than 1048576 bytes");
        assertThat(failure("#\n".repeat(5_000_000).getBytes(StandardCharsets.UTF_8)))
                .contains("more than 1048576 bytes");
    }

    @Test
    @DisplayName("but half a megabyte of comments and texts is read")
    void halfLarge() {
        sandbox.user(
                "clustrix.serializer.properties.x = \"" + "x".repeat(250_000) + "\"\n" + "# comment\n".repeat(25_000));

        assertThat(sandbox.settings().serializer().properties().get("x")).hasSize(250_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{", "[", "a=[{", "a{b.", "a.", "\"a\".", "(", "${", "a=${", "a=${?a}", "a+=1\n", "a=1,", "\"",
                "\"\"\"", "\\", "a b ", "$"
            })
    @DisplayName("deep nesting, long chains and endless repetition")
    void deep(String unit) throws IOException {
        String start = "clustrix.clusters.local ";
        for (int n : new int[] {1_000, 100_000}) {
            String text = start + "{" + unit.repeat(n) + "}";

            assertThat(failure(text.getBytes(StandardCharsets.UTF_8)))
                    .as("%d times %s", n, unit)
                    .contains("in the configuration")
                    .hasSizeLessThan(20_000);
        }
    }

    @Test
    @DisplayName("closed brackets that nest too deeply")
    void closed() throws IOException {
        String text = "clustrix.x = " + "[".repeat(10_000) + "]".repeat(10_000);

        assertThat(failure(text.getBytes(StandardCharsets.UTF_8)))
                .contains("nested more than 100 levels")
                .contains(":1");
    }

    @Test
    @DisplayName("a chain of substitutions as long as one file may have works, and a longer one is refused")
    void chain() throws IOException {
        sandbox.user(chainOf(499));
        assertThat(sandbox.settings().defaultCluster()).isEqualTo("local");

        assertThat(failure(chainOf(501).getBytes(StandardCharsets.UTF_8))).contains("more than 500 substitutions");
    }

    private static String chainOf(int n) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < n; i++) {
            text.append("_k").append(i).append(" = ${_k").append(i + 1).append("}\n");
        }
        return text.append("_k").append(n).append(" = x\n").toString();
    }

    @Test
    @DisplayName("a chain through many files is told instead of overflowing the stack")
    void chainThroughFiles() {
        StringBuilder main = new StringBuilder();
        for (int file = 0; file < 20; file++) {
            StringBuilder text = new StringBuilder();
            for (int i = file * 490; i < (file + 1) * 490; i++) {
                text.append("_k").append(i).append(" = ${_k").append(i + 1).append("}\n");
            }
            Sandbox.write(sandbox.userFile().resolveSibling(file + ".conf"), text.toString());
            main.append("include \"").append(file).append(".conf\"\n");
        }
        sandbox.user(main.append("_k").append(20 * 490).append(" = x\n").toString());

        // How long a chain the stack holds is the JVM's affair; what may not come out is an error of its own.
        try {
            sandbox.load();
        } catch (io.clustrix.spi.ConfigurationException e) {
            assertThat(e).hasMessageContaining("too long a chain");
        }
    }

    @Test
    @DisplayName("random mutilations of a good file")
    void mutilations() throws IOException {
        String good = """
                # a comment
                clustrix {
                  default-cluster = local
                  clusters.hpc { executor = batch, ssh { host = "login1", port = 22 }, modules = [a, b] }
                  clusters.local { resources { time = "01:00:00", options { "a.b" = ${?X} } } }
                }
                """;
        String pieces = "{}[]\"=:,.#$?+\\\n /()ab1\t`^!@*&~";
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder(good);
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                int at = random.nextInt(text.length());
                if (random.nextBoolean()) {
                    text.insert(at, pieces.charAt(random.nextInt(pieces.length())));
                } else {
                    text.deleteCharAt(at);
                }
            }
            Files.createDirectories(sandbox.userFile().getParent());
            Files.writeString(sandbox.userFile(), text);
            try {
                sandbox.load();
            } catch (io.clustrix.spi.ConfigurationException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining("in the configuration:");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + "\n" + text, e);
            }
        }
    }

    @Test
    @DisplayName("properties files")
    void properties() {
        Path file = Sandbox.write(sandbox.project.resolve("x.properties"), "clustrix.clusters.local.threads=3");
        sandbox.variable("CLUSTRIX_CONFIG", "x.properties");
        assertThat(sandbox.load().render()).contains("threads = \"3\"  # " + file);

        Sandbox.write(file, "clustrix.x=\\u12");
        assertThat(sandbox.failure()).contains("is not a valid properties file").contains(file.toString());

        Sandbox.write(file, "a.".repeat(100_000) + "=1");
        assertThat(sandbox.failure()).contains("too deeply");
    }

    @Test
    @DisplayName("names that are very long")
    void longNames() {
        sandbox.user("clustrix.clusters.local." + "x".repeat(500_000) + " = 1")
                .variable("CLUSTRIX_" + "X".repeat(100_000), "1");

        assertThat(sandbox.failure()).contains("2 problems");
    }
}

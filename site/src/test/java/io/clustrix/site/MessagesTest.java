package io.clustrix.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page of error messages quotes what the product says, word for word. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MessagesTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\|.*", Pattern.MULTILINE);
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    /** A class each, with texts that are broken over lines put together again. */
    private final List<String> sources = sources();

    static List<String> messages() throws IOException {
        List<String> messages = new ArrayList<>();
        Matcher rows = ROW.matcher(Files.readString(KeysPageTest.ROOT.resolve("docs/troubleshooting.md")));
        while (rows.find()) {
            messages.add(rows.group(1));
        }
        return messages;
    }

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("what docs/troubleshooting.md quotes stands in a source file of the product")
    void quoted(String message) {
        List<String> parts = List.of(message.split("\\s*\\.\\.\\.\\s*"));

        assertThat(sources).anyMatch(source -> parts.stream().allMatch(source::contains));
    }

    @Test
    @DisplayName("the page quotes messages")
    void some() throws IOException {
        assertThat(messages()).hasSizeGreaterThan(40).doesNotHaveDuplicates();
    }

    private static List<String> sources() {
        List<String> sources = new ArrayList<>();
        try {
            Matcher modules = MODULE.matcher(Files.readString(KeysPageTest.ROOT.resolve("pom.xml")));
            while (modules.find()) {
                Path main = KeysPageTest.ROOT.resolve(modules.group(1)).resolve("src/main/java");
                if (Files.isDirectory(main) && !modules.group(1).matches("examples|benchmarks|site|testkit")) {
                    try (Stream<Path> files = Files.walk(main)) {
                        for (Path file : files.filter(f -> f.toString().endsWith(".java"))
                                .toList()) {
                            sources.add(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return sources;
    }
}

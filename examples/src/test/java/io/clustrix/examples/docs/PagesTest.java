package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What README and docs show is code that runs, configuration that is valid, and links that lead somewhere. */
class PagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final List<Path> SOURCES = List.of(Path.of("src"), Path.of("spool-plugin/src"));
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");

    static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<Path> pages = new ArrayList<>(
                    docs.filter(p -> p.toString().endsWith(".md")).sorted().toList());
            pages.add(ROOT.resolve("README.md"));
            return pages;
        }
    }

    @Test
    @DisplayName("the README shows the whole of FirstSteps.java")
    void readme() throws IOException {
        String program = Files.readString(Path.of("src/main/java/io/clustrix/examples/FirstSteps.java"));

        assertThat(blocks(ROOT.resolve("README.md"), "java"))
                .containsExactly(program.lines().toList());
    }

    @ParameterizedTest
    @MethodSource("pages")
    @DisplayName(
            "each block of Java stands in a source file that is compiled and run by tests, here or in a build of its own")
    void java(Path page) throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path directory : SOURCES) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    sources.add(bare(Files.readAllLines(file)));
                }
            }
        }
        List<List<String>> blocks = blocks(page, "java");
        blocks.removeIf(block -> sources.stream().anyMatch(source -> source.contains(bare(block))));

        assertThat(blocks).as("blocks that are in no source file").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pages")
    @DisplayName("each block of HOCON is a configuration that can be opened")
    void hocon(Path page, @TempDir Path directory) throws IOException {
        for (List<String> block : blocks(page, "hocon")) {
            Path file = Files.write(directory.resolve("clustrix.conf"), block);

            Clustrix.builder().configFile(file).open().close();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    @DisplayName("each link to a file leads to one")
    void links(Path page) throws IOException {
        Matcher links = LINK.matcher(Files.readString(page));
        while (links.find()) {
            assertThat(page.resolveSibling(links.group(1))).exists();
        }
    }

    /** Without whitespace: a formatter may have broken the lines elsewhere. */
    private static String bare(List<String> lines) {
        return String.join("", lines).replaceAll("\\s+", "");
    }

    private static List<List<String>> blocks(Path page, String language) throws IOException {
        List<List<String>> blocks = new ArrayList<>();
        List<String> block = null;
        for (String line : Files.readAllLines(page)) {
            if (line.equals("```" + language)) {
                block = new ArrayList<>();
                blocks.add(block);
            } else if (line.equals("```")) {
                block = null;
            } else if (block != null) {
                block.add(line);
            }
        }
        return blocks;
    }
}

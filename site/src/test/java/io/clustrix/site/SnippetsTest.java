package io.clustrix.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the pages say of the build: modules, artifacts, examples and tests that there are. */
class SnippetsTest {
    private static final Path ROOT = KeysPageTest.ROOT;

    @Test
    @DisplayName("each artifact of a page's XML is one of the build")
    void artifacts() throws IOException {
        Set<String> there = new TreeSet<>(Set.of("clustrix-parent"));
        for (String module : modules()) {
            there.add("clustrix-" + module);
        }

        assertThat(found("<artifactId>(clustrix-[^<]+)</artifactId>"))
                .contains("clustrix-core", "clustrix-bom")
                .isSubsetOf(there);
    }

    @Test
    @DisplayName("each module that a call of mvnw names is there")
    void modulesOfCalls() throws IOException {
        assertThat(found("mvnw [^\\n`]*-pl ([\\w,-]+)").stream()
                        .flatMap(list -> Stream.of(list.split(",")))
                        .filter(module -> !module.equals("MODULE")))
                .contains("site")
                .isSubsetOf(modules());
    }

    @Test
    @DisplayName("each example that a page has run is there")
    void examples() throws IOException {
        assertThat(found("-Dexample=(\\w+)").stream().filter(name -> !name.equals("Name")))
                .contains("FailingTasks")
                .allSatisfy(name -> assertThat(
                                ROOT.resolve("examples/src/main/java/io/clustrix/examples/" + name + ".java"))
                        .exists());
    }

    @Test
    @DisplayName("each file of this repository that a shell's block calls is there")
    void scripts() throws IOException {
        assertThat(found("(?m)^(?:sudo )?((?:testbed|\\./|\\.ci)[\\w./-]*)(?: |$)"))
                .contains("./mvnw")
                .allSatisfy(name -> assertThat(ROOT.resolve(name)).exists());
    }

    private static Set<String> found(String pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        Pattern compiled = Pattern.compile(pattern);
        for (Path page : pages()) {
            Matcher matcher = compiled.matcher(Files.readString(page));
            while (matcher.find()) {
                found.add(matcher.group(1));
            }
        }
        return found;
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<Path> pages = new ArrayList<>(
                    docs.filter(p -> p.toString().endsWith(".md")).toList());
            pages.add(ROOT.resolve("README.md"));
            return pages;
        }
    }

    private static Set<String> modules() throws IOException {
        return Pattern.compile("<module>([^<]+)</module>")
                .matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map(module -> module.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

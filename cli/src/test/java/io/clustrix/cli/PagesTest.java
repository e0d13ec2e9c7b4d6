package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.clustrix.Clustrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What README and docs say of the command is a command that there is, with options that it has; nothing is run. */
class PagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");
    private static final Pattern HOCON = Pattern.compile("```hocon\n(.*?)```", Pattern.DOTALL);
    private static final Pattern INLINE = Pattern.compile("`clustrix ([a-z][^`]*)`");

    /** A call that a page shows. */
    record Call(String page, String text) {
        @Override
        public String toString() {
            return page + ": clustrix " + text;
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    @DisplayName("a line of a shell's block that begins with clustrix can be parsed")
    void parses(Call call) {
        List<String> words = words(call.text());
        CommandLine line = line(call, words.get(0));

        assertThatCode(() -> line.parseArgs(words.subList(1, words.size()).toArray(new String[0])))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("mentions")
    @DisplayName("a command that is mentioned in a sentence is there, with the options that are mentioned")
    void isThere(Call call) {
        List<String> words = words(call.text());
        CommandLine line = line(call, words.get(0));
        List<String> options = words.stream().filter(w -> w.startsWith("-")).toList();
        for (String word : words.subList(1, words.size())) {
            line = line.getSubcommands().getOrDefault(word, line);
        }

        assertThat(line.getCommandSpec().optionsMap().keySet()).containsAll(options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "five-minutes",
                "kubernetes",
                "laptop-to-slurm",
                "local-executor",
                "pbs",
                "plain-hosts",
                "reattach",
                "security",
                "sge",
                "slurm"
            })
    @DisplayName("each block of configuration has keys that there are; here all plugins look at theirs")
    void configuration(String name, @TempDir Path directory) throws IOException {
        Matcher blocks = HOCON.matcher(Files.readString(ROOT.resolve("docs/" + name + ".md")));
        while (blocks.find()) {
            Path file = Files.writeString(directory.resolve("clustrix.conf"), blocks.group(1));

            assertThatCode(() -> Clustrix.builder().configFile(file).open().close())
                    .as(blocks.group(1))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    @DisplayName("the pages do show calls")
    void found() throws IOException {
        assertThat(blocks()).hasSizeGreaterThan(5);
        assertThat(mentions()).hasSizeGreaterThan(5);
    }

    static List<Call> blocks() throws IOException {
        List<Call> calls = new ArrayList<>();
        for (Path page : pages()) {
            boolean shell = false;
            StringBuilder line = new StringBuilder();
            for (String text : Files.readAllLines(page)) {
                if (text.startsWith("```")) {
                    shell = text.equals("```sh");
                } else if (shell && text.endsWith("\\")) {
                    line.append(text, 0, text.length() - 1);
                } else if (shell) {
                    line.append(text);
                    if (line.indexOf("clustrix ") == 0) {
                        calls.add(new Call(
                                page.getFileName().toString(),
                                line.substring("clustrix ".length()).replaceFirst("\\s(#|\\||>|&&|;).*", "")));
                    }
                    line.setLength(0);
                }
            }
        }
        return calls;
    }

    static List<Call> mentions() throws IOException {
        List<Call> calls = new ArrayList<>();
        for (Path page : pages()) {
            Matcher matcher = INLINE.matcher(Files.readString(page));
            while (matcher.find()) {
                calls.add(
                        new Call(page.getFileName().toString(), matcher.group(1).replaceAll("\\s+", " ")));
            }
        }
        return calls;
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<Path> pages = new ArrayList<>(
                    docs.filter(p -> p.toString().endsWith(".md")).sorted().toList());
            pages.add(ROOT.resolve("README.md"));
            return pages;
        }
    }

    private static CommandLine line(Call call, String name) {
        Optional<Subcommand> command = Commands.create(name);
        assertThat(command).as("the command of " + call).isPresent();
        CommandLine line = new CommandLine(CommandShell.spec(command.orElseThrow(), name));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(
                    matcher.group(1) != null
                            ? matcher.group(1)
                            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
        }
        return words;
    }
}

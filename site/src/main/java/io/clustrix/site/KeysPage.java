package io.clustrix.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page {@code docs/keys.md}: each key of each module's {@code reference.conf}, in Markdown. */
final class KeysPage {
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    /** A line of a comment that explains one word of several: set in, the word, two blanks or more, what it means. */
    private static final Pattern WORD = Pattern.compile("\\s{2,}([\\w-]+)\\s{2,}(\\S.*)");

    private KeysPage() {}

    /** The files of all modules of the build that have one, core's first. */
    static List<Path> files(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        Matcher modules = MODULE.matcher(Files.readString(root.resolve("pom.xml")));
        while (modules.find()) {
            Path file = root.resolve(modules.group(1)).resolve("src/main/resources/reference.conf");
            if (Files.exists(file)) {
                files.add(file);
            }
        }
        return files;
    }

    static String text(Path root) throws IOException {
        List<String> out = new ArrayList<>();
        out.add("# Every key");
        out.add("");
        out.add(
                "Each key of the [configuration](configuration.md), its default, and what it means. This page is written by the build");
        out.add(
                "from the `reference.conf` of each module, so edit those. Values in brackets are examples for keys that have no default.");
        out.add("");
        out.add(
                "Keys of `clustrix.executors.NAME` and `clustrix.hosts.NAME` stand without these words in a cluster's block, those of a");
        out.add(
                "host in its `ssh { ... }`. Keys of `clustrix.cluster-defaults` and `clustrix.batch-defaults` may stand in each block, too.");
        for (Path file : files(root)) {
            String module = root.relativize(file).getName(0).toString();
            out.add("");
            out.add("## Module " + module);
            for (KeyFile.Block block : KeyFile.parse(root.relativize(file).toString(), Files.readAllLines(file))
                    .blocks()) {
                out.add("");
                out.add("### `" + block.path() + "`");
                out.add("");
                if (!block.text().isEmpty()) {
                    out.add(prose(block.text()));
                    out.add("");
                }
                out.add("| key | default | meaning |");
                out.add("|---|---|---|");
                for (KeyFile.Key key : block.keys()) {
                    String value = key.defaultValue()
                            .map(KeysPage::code)
                            .orElseGet(() -> "none (" + code(key.example().orElseThrow()) + ")");
                    out.add("| `" + key.name() + "` | " + value + " | " + prose(key.text()) + " |");
                }
            }
        }
        return String.join("\n", out) + "\n";
    }

    private static String code(String value) {
        return "`" + value.replace("|", "\\|") + "`";
    }

    /** Lines of a comment as one line of Markdown. */
    private static String prose(List<String> lines) {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            Matcher word = WORD.matcher(line);
            if (word.matches()) {
                text.append("<br>`").append(word.group(1)).append("`: ").append(plain(word.group(2)));
            } else {
                text.append(text.length() == 0 ? "" : " ").append(plain(line.strip()));
            }
        }
        return text.toString();
    }

    private static String plain(String line) {
        return line.replaceAll("[\\\\`*<|\\[\\]]", "\\\\$0");
    }
}

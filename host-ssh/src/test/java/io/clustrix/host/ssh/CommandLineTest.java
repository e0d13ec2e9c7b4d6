package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static final String MARKER = "clustrix-0123456789abcdef";

    // Runs the text as sshd does: the login shell with -c.
    private static String run(String shell, List<String> words, String input) throws Exception {
        CommandLine line = CommandLine.of(words, MARKER);
        Process process = new ProcessBuilder(shell, "-c", line.text()).start();
        CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> {
            try {
                return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        try (var stdin = process.getOutputStream()) {
            stdin.write((line.preamble() + input).getBytes(StandardCharsets.UTF_8));
        }
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(shell + " " + errors.join()).isZero();
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        AfterMarker after = new AfterMarker(MARKER, rest);
        after.accept(output);
        assertThat(after.found()).isTrue();
        assertThat(after.rest()).matches("\\d+");
        assertThat(errors.join()).isEqualTo(MARKER + "\n");
        return rest.toString(StandardCharsets.UTF_8);
    }

    private static void assumeThere(String shell) {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of(shell)),
                "skipped: there is no " + shell + "; apt-get install tcsh fish zsh");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/bin/sh", "/bin/dash", "/bin/bash", "/bin/csh", "/usr/bin/tcsh", "/usr/bin/fish", "/usr/bin/zsh"
            })
    @DisplayName("Whatever the login shell, a program gets its words as they are")
    void words(String shell) throws Exception {
        assumeThere(shell);
        List<String> all = List.of(
                "plain",
                "a b",
                "",
                " ",
                "it's",
                "''",
                "x!y",
                "!!",
                "!",
                "back\\slash",
                "\\",
                "\\\\n",
                "new\nline",
                "\n",
                "end\n",
                "$HOME `id` $(id) \"q\"",
                "ünïcödé \u2603 \ud83d\ude80",
                "*?[a]{b,c}~",
                "~",
                "%d\\n%%",
                "-n",
                "#c",
                "\t",
                "a;b&c|d<e>f",
                "^x^y",
                "=ls",
                "@",
                "\u0001\u007f",
                "\r",
                "\\0101",
                "'\\''!\n\\");
        List<String> words = new ArrayList<>(List.of("printf", "[%s]"));
        words.addAll(all);
        assertThat(run(shell, words, "")).isEqualTo("[" + String.join("][", all) + "]");
        // Each alone, so that those without a special character go the plain way.
        for (String word : List.of("a b", "*?[a]{b,c}~", "a;b&c|d<e>f", "^x^y", "#c", "", "x!y", "\\")) {
            assertThat(run(shell, List.of("printf", "[%s]", word), "")).isEqualTo("[" + word + "]");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/bin/sh", "/bin/dash", "/bin/bash", "/bin/csh", "/usr/bin/tcsh", "/usr/bin/fish", "/usr/bin/zsh"
            })
    @DisplayName("Random words of any characters arrive as they are")
    void random(String shell) throws Exception {
        assumeThere(shell);
        long seed = 20261122;
        Random random = new Random(seed);
        for (int i = 0; i < 20; i++) {
            List<String> words = new ArrayList<>(List.of("printf", "[%s]"));
            for (int w = 0; w < 5; w++) {
                StringBuilder word = new StringBuilder();
                for (int c = random.nextInt(30); c > 0; c--) {
                    word.appendCodePoint(
                            random.nextInt(10) == 0 ? 0xa1 + random.nextInt(0x2000) : 1 + random.nextInt(127));
                }
                words.add(word.toString());
            }
            assertThat(run(shell, words, ""))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo("[" + String.join("][", words.subList(2, words.size())) + "]");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/bin/sh", "/bin/dash", "/bin/bash", "/bin/csh", "/usr/bin/tcsh", "/usr/bin/fish", "/usr/bin/zsh"
            })
    @DisplayName("A script of many lines and 64 KB runs, and its input is its own to the last byte")
    void script(String shell) throws Exception {
        assumeThere(shell);
        StringBuilder script = new StringBuilder("x='it'\"'\"'s ü !'\n");
        while (script.length() < 64 * 1024) {
            script.append("y=\"$x\" # a line with 'quotes', \"more\", a \\ and a !bang\n");
        }
        script.append("cat; printf '%s\\n' \"$y\" \"$1\"\n");
        String result = run(shell, List.of("sh", "-c", script.toString(), "sh", "an argument"), "from stdin\n");
        assertThat(result).isEqualTo("from stdin\nit's ü !\nan argument\n");
        String small = run(shell, List.of("sh", "-c", "cat\necho \"$0 $1\"\n", "sh", "b"), "input");
        assertThat(small).isEqualTo("inputsh b\n");
    }
}

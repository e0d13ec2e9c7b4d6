package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files of this machine, as those of a cluster. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class FsCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private Path config;

    @BeforeEach
    void files() throws Exception {
        data = Files.createDirectories(dir.resolve("data/deep")).getParent();
        Files.writeString(data.resolve("a.csv"), "1,2\n");
        Files.writeString(data.resolve("two\nlines.csv"), "x");
        Files.writeString(data.resolve("deep/grün.csv"), "12345");
        Files.createSymbolicLink(data.resolve("link"), Path.of("a.csv"));
        config = Files.writeString(dir.resolve("test.conf"), """
                clustrix {
                  state-directory = "%1$s/state"
                  cache-directory = "%1$s/cache"
                  clusters.here { executor = ssh, work-directory = "%1$s/work" }
                }
                """.formatted(dir));
    }

    private Ran fs(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "fs";
        System.arraycopy(words, 0, all, 1, words.length);
        return Ran.with(config, all);
    }

    private static Ran done(Ran ran) {
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err()).isEmpty();
        return ran;
    }

    @Test
    @DisplayName("ls, find, glob: names, details, JSON, and names with line breaks by a NUL behind each")
    void lists() {
        assertThat(done(fs("ls", data.toString(), "-0")).out()).isEqualTo("a.csv\0deep\0link\0two\nlines.csv\0");
        assertThat(done(fs("ls", data.toString(), "--on", "here", "--json")).out())
                .contains("{\"path\":\"" + data + "/a.csv\",\"type\":\"file\",\"size\":4,\"modified\":\"")
                .contains("\"path\":\"" + data + "/two\\nlines.csv\"")
                .contains("\"type\":\"symlink\"")
                .contains("\"link\":\"a.csv\"}");
        assertThat(done(fs("ls", "-l", data.toString())).out())
                .contains("PERMISSIONS  OWNER")
                .contains("link -> a.csv")
                .contains("two?lines.csv");
        assertThat(done(fs("find", data.toString(), "g*.csv")).out()).isEqualTo(data + "/deep/grün.csv\n");
        assertThat(done(fs("find", data.toString(), "-U", "-0")).out().split("\0"))
                .contains(data + "/deep", data + "/link", data + "/two\nlines.csv")
                .hasSize(5);
        assertThat(done(fs("glob", data + "/*/*.csv")).out()).isEqualTo(data + "/deep/grün.csv\n");
        assertThat(done(fs("glob", data + "/none*", "--json")).out()).isEqualTo("[]\n");
    }

    @Test
    @DisplayName("a name that is no UTF-8 is written as the bytes that it has")
    void bytes() {
        assertThat(FileNames.bytes("a\udcff\u00fc\ud83d\ude00\n"))
                .containsExactly('a', 0xff, 0xc3, 0xbc, 0xf0, 0x9f, 0x98, 0x80, '\n');
        assertThat(FileNames.shown("a\udcff\u001b[1m\n\ud83d\ude00")).isEqualTo("a??[1m?\ud83d\ude00");
    }

    @Test
    @DisplayName("stat, du, count, cat")
    void looks() {
        assertThat(done(fs("stat", data + "/link", "--json")).out()).contains("\"type\":\"file\",\"size\":4");
        assertThat(done(fs("stat", "-P", data + "/link")).out())
                .contains("symlink")
                .contains("link -> a.csv");
        assertThat(done(fs("du", data.toString(), "--json")).out())
                .contains("\"files\":3,\"directories\":2,\"bytes\":10,");
        assertThat(done(fs("du", data.toString())).out()).contains("ON DISK").contains("10");
        assertThat(done(fs("count", data.toString(), "*.csv")).out()).isEqualTo("3\n");
        assertThat(done(fs("cat", data + "/a.csv", data + "/deep/grün.csv")).out())
                .isEqualTo("1,2\n12345");
    }

    @Test
    @DisplayName("get and put: into a directory, under another name, nothing about progress without a terminal")
    void copies() throws Exception {
        Path target = Files.createDirectory(dir.resolve("target"));

        assertThat(done(fs("get", data + "/a.csv", target.toString())).out()).isEmpty();
        assertThat(target.resolve("a.csv")).hasContent("1,2\n");
        done(fs("put", target.resolve("a.csv").toString(), data + "/deep/"));
        assertThat(data.resolve("deep/a.csv")).hasContent("1,2\n");
        done(fs("put", target.resolve("a.csv").toString(), data + "/deep/b.csv"));
        assertThat(data.resolve("deep/b.csv")).hasContent("1,2\n");
    }

    @Test
    @DisplayName("what is missing is exit code 3; bad input is one line with exit code 2")
    void refused() throws Exception {
        assertRefused(fs("ls", data + "/none"), 3, "/none");
        assertRefused(fs("cat", data + "/none"), 3, "/none");
        assertRefused(fs("ls", data + "/a.csv"), 2, "a.csv");
        assertRefused(fs(), 2, "one of ls, find, glob, stat, du, count, cat, get, put must follow");
        assertRefused(fs("lss"), 2, "lss");
        assertRefused(fs("ls", "--jsn"), 2, "'clustrix fs ls --help' shows what it takes");
        assertRefused(fs("ls", "-0", "--json", data.toString()), 2, "choose one of them");
        assertRefused(fs("ls", "--on", "moon"), 2, "there is no cluster 'moon'");
        assertRefused(fs("put", data + "/none", data + "/x"), 2, "SOURCE: ");
        assertRefused(fs("get", data + "/a.csv", dir + "/none/x"), 2, "/none");
        assertRefused(fs("get", "~/"), 2, "has no name of a file");
        assertThat(Ran.of("fs", "get", "--help").out())
                .startsWith("Usage: clustrix fs get")
                .contains("goes on with a copy that broke off");
    }

    private static void assertRefused(Ran ran, int exit, String text) {
        assertThat(ran.err()).contains(text).startsWith("clustrix: ").hasLineCount(1);
        assertThat(ran.exit()).as(ran.err()).isEqualTo(exit);
        assertThat(ran.out()).isEmpty();
    }

    @Test
    @DisplayName("the output's reader has gone: cat ends, and not with success")
    void readerGone() {
        PrintStream broken = new PrintStream(
                new java.io.OutputStream() {
                    @Override
                    public void write(int b) throws java.io.IOException {
                        throw new java.io.IOException("gone");
                    }
                },
                false);
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(broken, new PrintStream(err, true, StandardCharsets.UTF_8), false, false);

        int exit = new CommandShell(console).run("fs", "cat", data + "/a.csv", "--config", config.toString());

        assertThat(exit).isEqualTo(ExitCode.BUG);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("whoever reads it has gone");
        assertThat(Arrays.asList(data.toFile().list())).contains("a.csv");
    }

    @Test
    @DisplayName("ssh-setup: what it needs is told in one line, before it connects to anything")
    void sshSetup() throws Exception {
        Path empty = Files.createFile(dir.resolve("empty"));

        assertRefused(Ran.of("ssh-setup"), 2, "'clustrix ssh-setup --help'");
        assertRefused(
                Ran.of("ssh-setup", "hpc.example.org", "--key", dir + "/id"),
                2,
                "make one with: ssh-keygen -t ed25519");
        assertRefused(Ran.of("ssh-setup", "hpc.example.org", "--port", "0"), 2, "--port: 0 is no port");
        assertRefused(Ran.of("ssh-setup", "hpc.example.org", "--password-file", dir + "/none"), 2, "--password-file: ");
        assertRefused(Ran.of("ssh-setup", "hpc.example.org", "--password-file", empty.toString()), 2, "is empty");
    }
}

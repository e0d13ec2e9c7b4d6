package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is packed, started as users start it. */
@DisabledOnOs(OS.WINDOWS)
@EnabledIfSystemProperty(named = "clustrix.distribution", matches = ".+") // set once there is one
@Timeout(240)
class DistributionIT {
    private final Path home = Path.of(System.getProperty("clustrix.distribution"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    /** Whether an archive of classes is made and used. */
    private String archive = "off";

    private Ran clustrix(String... arguments) throws Exception {
        List<String> words =
                new ArrayList<>(List.of(home.resolve("bin/clustrix").toString()));
        words.addAll(List.of(arguments));
        return start(words);
    }

    private Ran start(List<String> words) throws Exception {
        Path out = Files.createTempFile(dir, "out", "");
        Path err = Files.createTempFile(dir, "err", "");
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(dir.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        for (String xdg : List.of("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")) {
            environment.put(xdg, dir.resolve("a dir").resolve(xdg).toString());
        }
        environment.remove("CLUSTRIX_CONFIG");
        // It is made in the background, which would outlive the directory.
        environment.put("CLUSTRIX_CLI_ARCHIVE", archive);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS))
                    .as(words + " ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    @DisplayName("bin/clustrix starts, through a link too, and passes on exit codes and arguments with blanks")
    void starts() throws Exception {
        Path link = Files.createSymbolicLink(dir.resolve("link"), home.resolve("bin/clustrix"));

        assertThat(clustrix("--version").out()).startsWith("clustrix ").contains(".");
        assertThat(clustrix("jobs", "--json")).isEqualTo(new Ran(0, "[]\n", ""));
        assertThat(start(List.of(link.toString(), "plugins", "--json")).out())
                .contains("\"name\":\"slurm\"")
                .contains("\"name\":\"k8s\"")
                .doesNotContain("\u001b");
        assertThat(clustrix("status", "a b"))
                .isEqualTo(new Ran(3, "", "clustrix: there is no job 'a b'; 'clustrix jobs' lists them\n"));
    }

    @Test
    @DisplayName("run on this machine, with the job's own classes")
    void runs() throws Exception {
        String classes = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();

        Ran ran = clustrix("run", classes, "io.clustrix.cli.Sim::twice", "--items", "20..22", "--on", "local");

        assertThat(ran.out()).as(ran.err()).isEqualTo("20\t40\n21\t42\n22\t44\n");
        assertThat(ran.exit()).isZero();
    }

    @Test
    @DisplayName("the archive of classes is made in the background, and what starts from it says the same")
    void archive() throws Exception {
        archive = "on";
        String before = clustrix("--help").out();
        Path cache = dir.resolve("a dir/XDG_CACHE_HOME/clustrix/cli");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!isMade(cache)) {
            assertThat(System.nanoTime()).as("an archive in " + cache).isLessThan(end);
            Thread.sleep(200);
        }

        assertThat(clustrix("--help")).isEqualTo(new Ran(0, before, ""));
        assertThat(clustrix("jobs", "--json")).isEqualTo(new Ran(0, "[]\n", ""));
    }

    /** Whether the archive is there, and nothing else any more. */
    private static boolean isMade(Path cache) throws Exception {
        if (!Files.isDirectory(cache)) {
            return false;
        }
        try (var files = Files.list(cache)) {
            List<String> names = files.map(f -> f.getFileName().toString()).toList();
            return names.size() == 1 && names.get(0).endsWith(".jsa");
        }
    }

    @Test
    @DisplayName("the completion is there, and bash understands it")
    void completion() throws Exception {
        Path script = home.resolve("completion/clustrix.bash");

        assertThat(Files.readString(script, StandardCharsets.UTF_8))
                .contains("explain")
                .contains("--items");
        assertThat(start(List.of("bash", "-c", ". \"$1\" && complete -p clustrix", "bash", script.toString()))
                        .out())
                .contains("clustrix");
    }
}

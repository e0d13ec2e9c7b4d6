package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Scenarios about names, arguments, variables and directories that stumble over quoting. */
final class Surroundings {
    private Surroundings() {}

    /** The hostile name, which would make this file if it were run. */
    private static String hostile(Path canary) {
        return Tasks.HOSTILE.replace("canary", canary.toString());
    }

    static void names(Bench bench) throws Exception {
        Path canary = bench.shared.resolve("canary-of-names");
        String name = hostile(canary);
        List<String> arguments = List.of(
                name, name + "\nsecond line\r\n\t", "-n", "--", "", " ", "\u0000\u0001\u001b", "'", "\"", "$(id)", "%");
        List<String> names = List.of(name, "-", "x".repeat(1024));
        List<JobFuture<String>> jobs = new ArrayList<>();
        for (String n : names) {
            jobs.add(bench.named(n).submit(() -> n));
        }
        MapFuture<String> map =
                bench.named("arguments").withChunkSize(arguments.size()).map(arguments, a -> a.length() + ":" + a);
        for (String refused : List.of("two\nlines", " ", "x".repeat(1025))) {
            assertThrows(IllegalArgumentException.class, () -> bench.named(refused));
        }
        for (int i = 0; i < names.size(); i++) {
            assertEquals(names.get(i), bench.value(jobs.get(i)));
            assertEquals(names.get(i), jobs.get(i).name());
        }
        assertEquals(arguments.stream().map(a -> a.length() + ":" + a).toList(), bench.value(map));
        assertFalse(Files.exists(canary), "something in a name was run");
    }

    private static final String VARIABLE = "CLUSTRIX_CONTRACT_";

    static void variables(Bench bench) throws Exception {
        Path canary = bench.shared.resolve("canary-of-variables");
        String other = "gr\u00f6\u00dfer \u5927 \ud834\udd1e";
        List<String> wanted =
                List.of(hostile(canary).replaceAll("[^\\x00-\\x7f]", "") + "\nsecond line\n\n", "", " -n ");
        Submitter submitter = bench.named("variables").withVariable(VARIABLE + "OTHER", other);
        for (int i = 0; i < wanted.size(); i++) {
            submitter = submitter.withVariable(VARIABLE + i, wanted.get(i));
        }
        int variables = wanted.size();
        JobFuture<List<@Nullable String>> job;
        try {
            job = submitter.submit(() -> {
                List<@Nullable String> seen = new ArrayList<>();
                for (int i = 0; i < variables; i++) {
                    seen.add(System.getenv(VARIABLE + i));
                }
                seen.add(asBytes(VARIABLE + "OTHER"));
                return seen;
            });
        } catch (ConfigurationException e) {
            throw new NotSupportedException("environment variables are refused");
        }
        List<@Nullable String> seen = bench.value(job);
        if (seen.subList(0, variables).stream().allMatch(Objects::isNull)) {
            throw new NotSupportedException("environment variables are ignored");
        }
        assertEquals(wanted, seen.subList(0, variables));
        assertEquals(other, seen.get(variables));
        assertFalse(Files.exists(canary), "something in a variable was run");
    }

    /**
     * A JVM in the C locale can't read more than ASCII from its environment; what it hands on is right nevertheless.
     */
    private static String asBytes(String variable) throws IOException {
        Process echo = new ProcessBuilder("sh", "-c", "printf %s \"$" + variable + "\"").start();
        try (InputStream in = echo.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static void directory(Bench bench) throws Exception {
        Path directory = bench.shared.resolve(
                "it's a \"directory\" $(x)"); // no more than ASCII: a JVM in the C locale has no other paths
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("here.txt"), "found");
        JobFuture<List<String>> job;
        try {
            job = bench.named("directory")
                    .withDirectory(directory)
                    .submit(() -> List.of(
                            Path.of("").toAbsolutePath().toString(),
                            Files.exists(Path.of("here.txt")) ? Files.readString(Path.of("here.txt")) : "not found"));
        } catch (ConfigurationException e) {
            throw new NotSupportedException("a working directory is refused");
        }
        List<String> seen = bench.value(job);
        if (seen.get(1).equals("not found") && !seen.get(0).equals(directory.toString())) {
            throw new NotSupportedException("a working directory is ignored");
        }
        assertEquals("found", seen.get(1));
    }
}

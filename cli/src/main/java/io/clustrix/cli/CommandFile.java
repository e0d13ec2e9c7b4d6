package io.clustrix.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** What 'clustrix run' was called with, in the directory of its run, so that it can be run again. */
final class CommandFile {
    private static final String NAME = "command";

    private CommandFile() {}

    /** Writes it, for its owner alone: the arguments may be anybody's secrets. */
    static void write(Path run, RunOptions options) throws IOException {
        List<String> words = words(options);
        Properties lines = new Properties();
        for (int i = 0; i < words.size(); i++) {
            lines.setProperty(Integer.toString(i), words.get(i));
        }
        Path file = run.resolve(NAME + ".tmp");
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            lines.store(out, null);
        }
        Files.move(file, run.resolve(NAME), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    /** The words that a run was called with; empty if it was not made by the command. */
    static Optional<List<String>> read(Path run) throws IOException {
        Path file = run.resolve(NAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties lines = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            lines.load(in);
        }
        List<String> words = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            words.add(lines.getProperty(Integer.toString(i), ""));
        }
        return Optional.of(words);
    }

    private static List<String> words(RunOptions o) {
        List<String> words = new ArrayList<>();
        add(words, "--items", o.items);
        add(words, "--on", o.cluster);
        add(words, "--cores", o.cores);
        add(words, "--memory", o.memory);
        add(words, "--time", o.time);
        add(words, "--nodes", o.nodes);
        add(words, "--gpus", o.gpus);
        add(words, "--queue", o.queue);
        add(words, "--account", o.account);
        o.options.forEach(option -> add(words, "--option", option));
        o.variables.forEach((k, v) -> add(words, "--env", k + "=" + v));
        add(words, "--chunk", o.chunk);
        add(words, "--name", o.name);
        add(words, "--timeout", o.timeout);
        if (o.keepGoing) {
            words.add("--keep-going");
        }
        List<Path> jars = o.jars();
        jars.subList(1, jars.size()).forEach(jar -> add(words, "--class-path", jar));
        words.add("--");
        words.add(jars.get(0).toString());
        if (o.target != null) {
            words.add(o.target);
        }
        words.addAll(o.arguments);
        return words;
    }

    private static void add(List<String> words, String option, @org.jspecify.annotations.Nullable Object value) {
        if (value != null) {
            words.add(option + "=" + value);
        }
    }
}

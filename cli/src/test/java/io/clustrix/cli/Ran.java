package io.clustrix.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command that was run in this JVM. */
record Ran(int exit, String out, String err) {

    /** Runs a command with a configuration file; the file goes behind the command's name. */
    static Ran with(Path config, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(1, List.of("--config", config.toString()));
        return of(all.toArray(new String[0]));
    }

    static Ran of(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                true);
        int exit = new CommandShell(console).run(arguments);
        return new Ran(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /**
     * A run's id or a job's key: what follows the word first. Lines about the job's states may come before the one that
     * has both.
     */
    String after(String word) {
        Matcher matcher = Pattern.compile(word + " ([0-9a-z]{26}|[0-9]{8}-[0-9]{6}-[0-9a-z]{6})\\b")
                .matcher(err);
        return matcher.find() ? matcher.group(1) : "";
    }
}

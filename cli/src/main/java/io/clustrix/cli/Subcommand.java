package io.clustrix.cli;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** One command: its options as fields, and what it does. An object is used once. */
abstract class Subcommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Read this configuration file, over those that are always read.")
    @Nullable
    Path configFile;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set a key of the configuration, for instance clusters.hpc.timeout=2h, or a list in brackets."
                    + " May be repeated.")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--verbose", description = "Show what Clustrix logs, and stack traces of errors.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this and end.")
    boolean help;

    private @Nullable Console console;

    /** The command that this is a part of. */
    private @Nullable Subcommand whole;

    final void use(Console where) {
        console = where;
        parts().values().forEach(part -> {
            part.whole = this;
            part.use(where);
        });
    }

    /**
     * The commands that this one consists of, by their names; without any it is one itself. Always the same objects.
     */
    Map<String, Subcommand> parts() {
        return Map.of();
    }

    /** What it does, one sentence, if it is a part of another one. */
    String summary() {
        return "";
    }

    final Console console() {
        return Objects.requireNonNull(console, "not started");
    }

    /** Reads what the options of all commands say. */
    final Clustrix.Builder builder() {
        Clustrix.Builder builder = Clustrix.builder();
        Subcommand above = whole;
        Path file = configFile == null && above != null ? above.configFile : configFile;
        if (file != null) {
            if (!Files.exists(file)) {
                throw CommandException.badInput("--config: there is no file " + file + "; name one that exists");
            }
            builder.configFile(file);
        }
        Map<String, String> all = new LinkedHashMap<>(above == null ? Map.of() : above.settings);
        all.putAll(settings);
        all.forEach((key, value) -> {
            if (key.isBlank()) {
                throw CommandException.badInput("--set: a key must stand before the '='; write --set KEY=VALUE");
            }
            builder.set(key, value(key, value));
        });
        return builder;
    }

    /** A list or an object is written as in a file; anything else is taken as it is, without quotes. */
    private static Object value(String key, String text) {
        if (!text.startsWith("[") && !text.startsWith("{")) {
            return text;
        }
        try {
            return ConfigFactory.parseString("value = " + text)
                    .getValue("value")
                    .unwrapped();
        } catch (ConfigException e) {
            // Its message may have the value in it.
            throw CommandException.badInput(
                    "--set " + key + ": what begins with [ or { must be a list or an object as in"
                            + " a configuration file, whole and without substitutions; check the brackets and quotes");
        }
    }

    /** For taking up a run: its jobs stay when this command ends, and so do their results. */
    final Clustrix.Builder builderFor(RunInfo run) {
        Clustrix.Builder builder = builder().set("keep-results", true);
        run.jobs().stream()
                .map(JobInfo::cluster)
                .distinct()
                .forEach(cluster -> builder.set("clusters." + cluster + ".on-close", "detach"));
        return builder;
    }

    /** Does it; the result is the exit code. */
    @Override
    public abstract Integer call() throws Exception;
}

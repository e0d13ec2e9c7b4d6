package io.clustrix.cli;

import io.clustrix.setup.SettingInfo;
import io.clustrix.setup.Setup;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Each line is a key, its value, and where that stands; it is HOCON. Secrets are ***. A cluster has, where its",
            "own block says nothing, what stands under executors, batch-defaults and cluster-defaults."
        })
final class ConfigCommand extends Subcommand {
    @Mixin
    JsonOption json = new JsonOption();

    @Option(
            names = "--sources",
            description = "Only the files that were read, in order; later ones go over earlier ones.")
    boolean sources;

    @Parameters(arity = "0..1", paramLabel = "KEY", description = "Only this key and those below it.")
    @Nullable
    String below;

    @Override
    public Integer call() {
        Setup setup = builder().setup();
        if (sources) {
            if (json.wanted) {
                console().line(Json.lines(setup.sources()));
            } else {
                setup.sources().forEach(console()::line);
            }
            return ExitCode.DONE;
        }
        List<SettingInfo> settings = new ArrayList<>(setup.settings());
        String wanted = below;
        if (wanted != null) {
            String key = wanted.equals("clustrix") || wanted.startsWith("clustrix.") ? wanted : "clustrix." + wanted;
            settings.removeIf(s -> !s.key().equals(key) && !s.key().startsWith(key + "."));
            if (settings.isEmpty()) {
                throw CommandException.notFound(
                        "there is no setting '" + wanted + "'; 'clustrix config' lists those that have a value");
            }
        }
        if (json.wanted) {
            List<Object> all = new ArrayList<>();
            settings.forEach(s -> all.add(Json.object("key", s.key(), "value", s.value(), "origin", s.origin())));
            console().line(Json.lines(all));
        } else {
            settings.forEach(s -> console().line(s.key() + " = " + s.value() + "  # " + s.origin()));
        }
        return ExitCode.DONE;
    }
}

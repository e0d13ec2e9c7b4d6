package io.clustrix.cli;

import io.clustrix.setup.PluginInfo;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

@Command
final class PluginsCommand extends ListCommand {
    @Override
    public Integer call() {
        List<PluginInfo> plugins = builder().plugins();
        if (json.wanted) {
            List<Object> all = new ArrayList<>();
            plugins.forEach(p -> all.add(
                    Json.object("kind", p.kind(), "name", p.name(), "origin", p.origin(), "problem", p.problem())));
            console().line(Json.lines(all));
            return ExitCode.DONE;
        }
        Table table = new Table(-1, "KIND", "NAME", "CLASS", "USABLE");
        plugins.forEach(
                p -> table.row(p.kind(), p.name(), p.origin(), p.problem().isEmpty() ? "yes" : "no"));
        table.print(console());
        plugins.stream()
                .filter(p -> !p.problem().isEmpty())
                .forEach(p -> console().note("clustrix: " + p.origin() + ": " + p.problem()));
        return ExitCode.DONE;
    }
}

package io.clustrix.cli;

import io.clustrix.setup.ClusterInfo;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

@Command
final class ClustersCommand extends ListCommand {
    @Override
    public Integer call() {
        List<ClusterInfo> clusters = builder().setup().clusters();
        if (json.wanted) {
            List<Object> all = new ArrayList<>();
            clusters.forEach(c -> all.add(Json.object(
                    "name", c.name(),
                    "executor", c.executor(),
                    "host", c.host(),
                    "default", c.isDefault(),
                    "problem", c.problem())));
            console().line(Json.lines(all));
            return ExitCode.DONE;
        }
        Table table = new Table(-1, "CLUSTER", "EXECUTOR", "HOST", "DEFAULT", "USABLE");
        for (ClusterInfo c : clusters) {
            table.row(
                    c.name(),
                    c.executor(),
                    c.host(),
                    c.isDefault() ? "yes" : "",
                    c.problem().isEmpty() ? "yes" : "no");
        }
        table.print(console());
        for (ClusterInfo c : clusters) {
            if (!c.problem().isEmpty()) {
                console().note("clustrix: " + c.problem());
            }
        }
        return ExitCode.DONE;
    }
}

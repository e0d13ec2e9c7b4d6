package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.FileEntry;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A part of {@code fs}: has a cluster's files while it runs. */
abstract class FsPart extends Subcommand {
    @Option(names = "--on", paramLabel = "CLUSTER", description = "The cluster; without it the default one.")
    @Nullable
    String cluster;

    @Override
    public Integer call() throws InterruptedException {
        try (Clustrix clustrix = builder().open()) {
            String name = cluster;
            use(name == null ? clustrix.fileSystem() : clustrix.fileSystem(name));
        } catch (IOException e) {
            // All that is not on the cluster is a file of this machine, which the user has named.
            throw CommandException.badInput("a file of this machine can't be used: " + e
                    + "; see that its directory exists and has room, and that you may write there");
        }
        console().out().flush();
        return ExitCode.DONE;
    }

    abstract void use(ClusterFileSystem files) throws IOException, InterruptedException;

    static Map<String, @Nullable Object> json(FileEntry e) {
        return Json.object(
                "path",
                e.path(),
                "type",
                Texts.word(e.type()),
                "size",
                e.size(),
                "modified",
                e.modified().toString(),
                "permissions",
                e.permissions(),
                "owner",
                e.owner(),
                "group",
                e.group(),
                "link",
                e.linkTarget());
    }
}

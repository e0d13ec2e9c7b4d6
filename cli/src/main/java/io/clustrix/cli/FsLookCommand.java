package io.clustrix.cli;

import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.DiskUsage;
import io.clustrix.files.FileEntry;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What tells of paths without listing them. */
final class FsLookCommand {
    private FsLookCommand() {}

    @Command
    static final class Stat extends FsPart {
        @Parameters(arity = "1..*", paramLabel = "PATH", description = "What to tell of.")
        List<String> paths = new ArrayList<>();

        @Option(
                names = {"-P", "--no-follow"},
                description = "Of a link tell of itself, not of what it leads to.")
        boolean noFollow;

        @Mixin
        JsonOption json = new JsonOption();

        @Override
        String summary() {
            return "Tells what paths are: type, size, time, permissions, owner, group.";
        }

        @Override
        void use(ClusterFileSystem files) throws InterruptedException {
            List<FileEntry> entries = new ArrayList<>();
            for (String path : paths) {
                entries.add(noFollow ? files.lstat(path) : files.stat(path));
            }
            if (json.wanted) {
                console().line(Json.lines(entries.stream().map(FsPart::json).toList()));
                return;
            }
            Table table = new Table(-1, "PATH", "TYPE", "SIZE", "MODIFIED", "PERMISSIONS", "OWNER", "GROUP");
            entries.forEach(e -> table.row(
                    FileNames.shown(
                            e.path() + e.linkTarget().map(t -> " -> " + t).orElse("")),
                    Texts.word(e.type()),
                    Long.toString(e.size()),
                    Texts.time(e.modified()),
                    e.permissions(),
                    e.owner(),
                    e.group()));
            table.print(console());
        }
    }

    @Command
    static final class Du extends FsPart {
        @Parameters(arity = "1..*", paramLabel = "PATH", description = "Directories, or files.")
        List<String> paths = new ArrayList<>();

        @Mixin
        JsonOption json = new JsonOption();

        @Override
        String summary() {
            return "Tells how much paths and all below them take.";
        }

        @Override
        void use(ClusterFileSystem files) throws InterruptedException {
            List<Object> all = new ArrayList<>();
            Table table = new Table(-1, "PATH", "FILES", "DIRECTORIES", "BYTES", "ON DISK");
            for (String path : paths) {
                DiskUsage u = files.du(path);
                all.add(Json.object(
                        "path", path,
                        "files", u.files(),
                        "directories", u.directories(),
                        "bytes", u.bytes(),
                        "allocated", u.allocated()));
                table.row(
                        FileNames.shown(path),
                        Long.toString(u.files()),
                        Long.toString(u.directories()),
                        Long.toString(u.bytes()),
                        Long.toString(u.allocated()));
            }
            if (json.wanted) {
                console().line(Json.lines(all));
            } else {
                table.print(console());
            }
        }
    }

    @Command
    static final class Count extends FsPart {
        @Parameters(index = "0", paramLabel = "DIRECTORY", description = "Where to count, at any depth.")
        String directory = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "PATTERN",
                description = "Of names, for instance '*.csv'.")
        String pattern = "*";

        @Override
        String summary() {
            return "Tells how many regular files below a directory have such a name.";
        }

        @Override
        void use(ClusterFileSystem files) throws InterruptedException {
            console().line(Long.toString(files.countFiles(directory, pattern)));
        }
    }
}

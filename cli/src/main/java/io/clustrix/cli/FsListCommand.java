package io.clustrix.cli;

import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.FileEntry;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What lists entries. */
abstract class FsListCommand extends FsPart {
    @Option(
            names = {"-l", "--long"},
            description = "Show permissions, owner, group, size and time too.")
    boolean details;

    @Option(
            names = {"-0", "--null"},
            description = "Write each path as it is, with a NUL after it: names may have line breaks.")
    boolean nul;

    @Option(
            names = {"-U", "--unsorted"},
            description = "Write entries as they come: there may be any number of them.")
    boolean unsorted;

    @Mixin
    JsonOption json = new JsonOption();

    /** What is written of an entry when only its name is. */
    abstract String name(FileEntry entry);

    abstract List<FileEntry> sorted(ClusterFileSystem files) throws InterruptedException;

    abstract void each(ClusterFileSystem files, Consumer<FileEntry> receiver) throws InterruptedException;

    @Override
    final void use(ClusterFileSystem files) throws InterruptedException {
        if ((details ? 1 : 0) + (nul ? 1 : 0) + (json.wanted ? 1 : 0) > 1) {
            throw CommandException.badInput("-l, -0 and --json: each is a way to write; choose one of them");
        }
        if (unsorted && json.wanted) {
            throw CommandException.badInput(
                    "-U and --json: an array is written when all of it is there; leave one out");
        }
        if (unsorted) {
            each(files, this::write);
            return;
        }
        List<FileEntry> entries = sorted(files);
        if (json.wanted) {
            console().line(Json.lines(entries.stream().map(FsPart::json).toList()));
        } else if (details) {
            Table table = new Table(-1, "PERMISSIONS", "OWNER", "GROUP", "SIZE", "MODIFIED", "NAME");
            entries.forEach(e -> table.row(
                    letter(e) + e.permissions(),
                    e.owner(),
                    e.group(),
                    Long.toString(e.size()),
                    Texts.time(e.modified()),
                    arrow(e)));
            table.print(console());
        } else {
            entries.forEach(this::write);
        }
    }

    private void write(FileEntry entry) {
        if (details) {
            console()
                    .line(String.join(
                            "  ",
                            letter(entry) + entry.permissions(),
                            FileNames.shown(entry.owner()),
                            FileNames.shown(entry.group()),
                            Long.toString(entry.size()),
                            Texts.time(entry.modified()),
                            arrow(entry)));
        } else if (console().isTerminal() && !nul) {
            console().line(FileNames.shown(name(entry)));
        } else {
            byte[] bytes = FileNames.bytes(name(entry) + (nul ? '\0' : '\n'));
            console().out().write(bytes, 0, bytes.length);
        }
    }

    private String arrow(FileEntry entry) {
        return FileNames.shown(
                name(entry) + entry.linkTarget().map(t -> " -> " + t).orElse(""));
    }

    private static char letter(FileEntry entry) {
        return switch (entry.type()) {
            case FILE -> '-';
            case DIRECTORY -> 'd';
            case SYMLINK -> 'l';
            case OTHER -> '?';
        };
    }

    @Command
    static final class Ls extends FsListCommand {
        @Parameters(arity = "0..1", paramLabel = "DIRECTORY", description = "Without it, where relative paths begin.")
        String directory = ".";

        @Override
        String summary() {
            return "Lists what is in a directory, hidden files included.";
        }

        @Override
        String name(FileEntry entry) {
            return entry.name();
        }

        @Override
        List<FileEntry> sorted(ClusterFileSystem files) throws InterruptedException {
            return files.ls(directory);
        }

        @Override
        void each(ClusterFileSystem files, Consumer<FileEntry> receiver) throws InterruptedException {
            files.ls(directory, receiver);
        }
    }

    @Command
    static final class Find extends FsListCommand {
        @Parameters(index = "0", paramLabel = "DIRECTORY", description = "Where to look, at any depth.")
        String directory = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "PATTERN",
                description = "Of names, for instance '*.csv'.")
        String pattern = "*";

        @Override
        String summary() {
            return "Lists what is below a directory and has such a name.";
        }

        @Override
        String name(FileEntry entry) {
            return entry.path();
        }

        @Override
        List<FileEntry> sorted(ClusterFileSystem files) throws InterruptedException {
            return files.find(directory, pattern);
        }

        @Override
        void each(ClusterFileSystem files, Consumer<FileEntry> receiver) throws InterruptedException {
            files.find(directory, pattern, receiver);
        }
    }

    @Command
    static final class Glob extends FsListCommand {
        @Parameters(paramLabel = "PATTERN", description = "A path with wildcards, quoted: 'data/run-*/out.csv'.")
        String pattern = "";

        @Override
        String summary() {
            return "Lists all paths like this.";
        }

        @Override
        String name(FileEntry entry) {
            return entry.path();
        }

        @Override
        List<FileEntry> sorted(ClusterFileSystem files) throws InterruptedException {
            return files.glob(pattern);
        }

        @Override
        void each(ClusterFileSystem files, Consumer<FileEntry> receiver) throws InterruptedException {
            files.glob(pattern, receiver);
        }
    }
}

package io.clustrix.cli;

import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.TransferListener;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What moves the content of files. */
final class FsCopyCommand {
    private static final long EVERY_NANOS = 200_000_000L;

    private FsCopyCommand() {}

    @Command
    static final class Cat extends FsPart {
        @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files.")
        List<String> paths = new ArrayList<>();

        @Override
        String summary() {
            return "Writes what files have to the output.";
        }

        @Override
        void use(ClusterFileSystem files) throws InterruptedException {
            OutputStream out = new Checked(console().out());
            for (String path : paths) {
                try {
                    files.read(path, out);
                } catch (IOException e) {
                    throw new CommandException(ExitCode.BUG, "the output can't be written: whoever reads it has gone");
                }
            }
        }
    }

    /** Ends a copy when nobody takes it any more, which a print stream keeps to itself. */
    private static final class Checked extends OutputStream {
        private final PrintStream out;

        Checked(PrintStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            if (out.checkError()) {
                throw new IOException("the output can't be written");
            }
        }
    }

    @Command
    static final class Get extends FsPart {
        @Parameters(index = "0", paramLabel = "PATH", description = "A file of the cluster.")
        String path = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TARGET",
                description = "A file, or a directory that exists; without it the working directory.")
        Path target = Path.of("");

        @Override
        String summary() {
            return "Copies a file from the cluster; goes on with a copy that broke off.";
        }

        @Override
        void use(ClusterFileSystem files) throws IOException, InterruptedException {
            String name = lastName(path);
            boolean into = target.toString().isEmpty() || Files.isDirectory(target);
            if (into && name.isEmpty()) {
                throw CommandException.badInput("PATH: '" + path + "' has no name of a file; name one");
            }
            Path file = into ? target.resolve(name) : target;
            try (Meter meter = new Meter(console(), name)) {
                files.get(path, file.toAbsolutePath(), meter);
            }
        }
    }

    @Command
    static final class Put extends FsPart {
        @Parameters(index = "0", paramLabel = "SOURCE", description = "A file of this machine.")
        @Nullable
        Path source;

        @Parameters(
                index = "1",
                paramLabel = "PATH",
                description = "The file's name on the cluster; with a '/' at its end, the directory.")
        String path = "";

        @Override
        String summary() {
            return "Copies a file to the cluster; goes on with a copy that broke off.";
        }

        @Override
        void use(ClusterFileSystem files) throws IOException, InterruptedException {
            Path file = source == null ? Path.of("") : source;
            if (!Files.isRegularFile(file)) {
                throw CommandException.badInput("SOURCE: '" + file + "' is no file; name one that exists");
            }
            String there = path.endsWith("/") ? path + file.getFileName() : path;
            try (Meter meter = new Meter(console(), lastName(there))) {
                files.put(file.toAbsolutePath(), there, meter);
            }
        }
    }

    private static String lastName(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.equals("~") || name.equals(".") || name.equals("..") ? "" : name;
    }

    /** Shows on a terminal how far a copy is, on one line that is written over. */
    private static final class Meter implements TransferListener, AutoCloseable {
        private final Console console;
        private final String name;
        private long shownAt = System.nanoTime();
        private boolean shown;

        Meter(Console console, String name) {
            this.console = console;
            this.name = FileNames.shown(name);
        }

        @Override
        public void transferred(long bytes, long total) {
            long now = System.nanoTime();
            if (console.isTerminal() && total > 0 && (now - shownAt > EVERY_NANOS || (shown && bytes == total))) {
                shownAt = now;
                shown = true;
                console.err()
                        .print(String.format(
                                Locale.ROOT, "\r%s: %d%% of %.1f MiB", name, bytes * 100 / total, total / 1048576.0));
                console.err().flush();
            }
        }

        @Override
        public void close() {
            if (shown) {
                console.err().println();
            }
        }
    }
}

package io.clustrix.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The command {@code clustrix}. */
public final class Main {
    private Main() {}

    /** Does what the arguments say and ends the JVM with the exit code. */
    public static void main(String[] arguments) {
        boolean terminal = Boolean.getBoolean("clustrix.terminal");
        boolean colours = !isSet("NO_COLOR") && !"dumb".equals(System.getenv("TERM"));
        // What goes into a file or a program is UTF-8, wherever it is made.
        PrintStream out = new PrintStream(
                new FileOutputStream(FileDescriptor.out), true, terminal ? terminal() : StandardCharsets.UTF_8);
        PrintStream err = System.err;
        int exit = new CommandShell(new Console(out, err, terminal, colours)).run(arguments);
        out.flush();
        if (out.checkError() && exit == ExitCode.DONE) {
            exit = ExitCode.BUG; // whoever reads it has gone, or the disk is full: what was written is not all
        }
        System.exit(exit);
    }

    /**
     * Does what the arguments say, without colours and without ending the JVM.
     *
     * @param out gets results
     * @param err gets all else
     * @return the exit code
     */
    public static int run(PrintStream out, PrintStream err, String... arguments) {
        return new CommandShell(new Console(out, err, false, false)).run(arguments);
    }

    private static Charset terminal() {
        String name = System.getProperty("stdout.encoding", System.getProperty("native.encoding", "UTF-8"));
        return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    }

    private static boolean isSet(String variable) {
        String value = System.getenv(variable);
        return value != null && !value.isEmpty();
    }
}

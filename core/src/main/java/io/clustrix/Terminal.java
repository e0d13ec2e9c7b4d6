package io.clustrix;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** What this process can find out about its terminal. */
final class Terminal {
    private static final int USUAL_WIDTH = 80;
    private static final int WIDEST = 1000;

    private Terminal() {}

    /** Whether standard error goes to a terminal. */
    @SuppressWarnings("SystemConsoleNull") // it is null on Java 17, if there is no terminal
    static boolean isStandardError() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            // no Linux: what is said of the other two streams has to do
        }
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From Java 22 on there is a console also where there is no terminal.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Its width in columns, asked for anew now and then: windows change. */
    static final class Width implements IntSupplier {
        private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(5);
        private static final long PATIENCE_MILLIS = 500;

        private long askedAt;
        private int known;

        @Override
        public synchronized int getAsInt() {
            long now = System.nanoTime();
            if (known == 0 || now - askedAt > ASK_NANOS) {
                known = ask(System.getenv("COLUMNS"));
                askedAt = System.nanoTime();
            }
            return known;
        }

        private static int ask(@org.jspecify.annotations.Nullable String columns) {
            if (columns != null && columns.matches("[1-9][0-9]{0,3}")) {
                return Math.min(WIDEST, Integer.parseInt(columns));
            }
            try {
                Process stty = new ProcessBuilder("stty", "size")
                        .redirectInput(new File("/dev/tty"))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                    stty.destroyForcibly();
                    return USUAL_WIDTH;
                }
                String answer = new String(stty.getInputStream().readNBytes(40), StandardCharsets.US_ASCII).strip();
                String last = answer.substring(answer.lastIndexOf(' ') + 1);
                return last.matches("[1-9][0-9]{0,3}") ? Math.min(WIDEST, Integer.parseInt(last)) : USUAL_WIDTH;
            } catch (IOException e) {
                return USUAL_WIDTH;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return USUAL_WIDTH;
            }
        }
    }
}

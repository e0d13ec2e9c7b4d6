package io.clustrix.worker;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when its driver has not shown itself for too long (requirement R28). The driver changes a file now
 * and then; that it changes is all that counts, so the clocks need not agree.
 */
final class Lease extends Thread {
    private static final int LOOKS = 8;
    private static final long SHORTEST_WAIT_MILLIS = 50;

    private final File file;
    private final Duration patience;
    private final Runnable end;

    /** @param end is called on this thread when it has been too long */
    Lease(File file, Duration patience, Runnable end) {
        super("clustrix-worker-lease");
        setDaemon(true);
        this.file = file;
        this.patience = patience;
        this.end = end;
    }

    /**
     * That which the environment asks for.
     *
     * @param text the file's name and how many seconds it may stay as it is, with a blank between them
     * @param directory the directory that the name is in
     * @return null if the text is null or something else
     */
    static @Nullable Lease of(@Nullable String text, File directory, Runnable end) {
        if (text == null || !text.matches("[A-Za-z0-9_-]+ [0-9]{1,9}")) {
            return null;
        }
        int blank = text.indexOf(' ');
        return new Lease(
                new File(directory, text.substring(0, blank)),
                Duration.ofSeconds(Long.parseLong(text.substring(blank + 1))),
                end);
    }

    @Override
    public void run() {
        byte[] last = {};
        long changed = System.nanoTime();
        while (true) {
            try {
                sleep(Math.max(SHORTEST_WAIT_MILLIS, patience.toMillis() / LOOKS));
            } catch (InterruptedException e) {
                continue; // whoever it was: it is not for others to end this
            }
            byte[] content = read(last);
            long now = System.nanoTime();
            if (!Arrays.equals(content, last)) {
                last = content;
                changed = now;
            } else if (now - changed > patience.toNanos()) {
                end.run();
                return;
            }
        }
    }

    private byte[] read(byte[] otherwise) {
        try {
            String time = " " + file.lastModified();
            return (Files.readString(file.toPath()) + time).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            return otherwise;
        }
    }
}

package io.clustrix;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows on a terminal how jobs get on: one line that is drawn over again, at most five times a second, with tasks that
 * have ended and failed, how many end in a second, and how long that will take; before that, what a job waits for and
 * how much was sent for it. Several jobs are summed up in one line. When the last one has ended, a line that says how
 * stays.
 *
 * <p>Give one to {@link Clustrix.Builder#listener}:
 *
 * <pre>{@code Clustrix.builder().listener(TerminalProgress.onStandardError()).open()}</pre>
 *
 * <p>Jobs that end within half a second leave no line. Where standard error is no terminal, or {@code TERM} is
 * {@code dumb}, nothing is ever printed. With {@code NO_COLOR} the line has no colours.
 *
 * <p><b>Threads:</b> thread-safe. A daemon thread {@code clustrix-terminal} draws while there are open jobs.
 */
public final class TerminalProgress implements RunListener {
    private static final long DRAW_MILLIS = 200;
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RATE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String CLEAR = "\r\u001b[K";
    private static final String RED = "\u001b[31m";
    private static final String PLAIN = "\u001b[0m";
    private static final int LONGEST_NAME = 40;

    private final @Nullable PrintStream out;
    private final boolean colours;
    private final IntSupplier width;
    private final LongSupplier nanos;
    private final boolean drawsByItself;

    /** Guards everything below. */
    private final Object lock = new Object();

    /** Those that have not ended. */
    private final Map<JobKey, Shown> jobs = new LinkedHashMap<>();

    /** Those that have, since the line was begun: a program may never be without an open job. */
    private Sum over = Sum.NONE;

    private String last = "";
    private @Nullable Thread drawer;
    private String drawn = "";
    private boolean ever;
    private int hidden;
    private long began;
    private long lastDrawn;

    /** Since when one of them runs, in ns; 0: none does. */
    private long since;

    /** What is known of a job. */
    private static final class Shown {
        private final String name;
        private final int tasks;
        private Progress progress;
        private JobStatus status = JobStatus.of(JobState.PENDING, "");
        private long staged;
        private long retried;

        Shown(String name, int tasks) {
            this.name = name;
            this.tasks = tasks;
            this.progress = new Progress(tasks, 0, 0, 0);
        }
    }

    /**
     * For tests and for what is no standard error.
     *
     * @param out where to draw; null: nowhere
     * @param width of the terminal, in columns
     * @param drawsByItself whether a thread draws, or only {@link #draw} does
     */
    TerminalProgress(
            @Nullable PrintStream out, boolean colours, IntSupplier width, LongSupplier nanos, boolean drawsByItself) {
        this.out = out;
        this.colours = colours;
        this.width = width;
        this.nanos = nanos;
        this.drawsByItself = drawsByItself;
    }

    /** One that draws on standard error, if that is a terminal, and does nothing if not. */
    @SuppressWarnings("SystemOut") // it is for a person who looks at it
    public static TerminalProgress onStandardError() {
        boolean terminal = !"dumb".equals(System.getenv("TERM")) && Terminal.isStandardError();
        String noColor = System.getenv("NO_COLOR");
        return new TerminalProgress(
                terminal ? System.err : null,
                noColor == null || noColor.isEmpty(),
                new Terminal.Width(),
                System::nanoTime,
                true);
    }

    /** One that does nothing. */
    public static TerminalProgress none() {
        return new TerminalProgress(null, false, () -> 0, () -> 0, false);
    }

    /** Whether it draws at all. */
    public boolean isShown() {
        return out != null;
    }

    // ---------------------------------------------------------------- what happens

    @Override
    public void submitted(JobKey key, String cluster, String name, int tasks) {
        if (out == null) {
            return;
        }
        synchronized (lock) {
            if (jobs.isEmpty()) {
                began = nanos.getAsLong();
                since = 0;
                over = Sum.NONE;
                ever = false;
            }
            jobs.put(key, new Shown(name, tasks));
            if (drawsByItself && drawer == null) {
                Thread thread = new Thread(this::drawWhileOpen, "clustrix-terminal");
                thread.setDaemon(true);
                drawer = thread;
                thread.start();
            }
        }
    }

    @Override
    public void staged(JobKey key, long bytes) {
        synchronized (lock) {
            Shown job = jobs.get(key);
            if (job != null) {
                job.staged += bytes;
            }
        }
    }

    @Override
    public void retried(JobKey key, int tasks, JobStatus why) {
        synchronized (lock) {
            Shown job = jobs.get(key);
            if (job != null) {
                job.retried += tasks;
            }
        }
    }

    @Override
    public void progress(JobKey key, Progress progress) {
        synchronized (lock) {
            Shown job = jobs.get(key);
            if (job != null) {
                job.progress = progress;
                running();
            }
        }
    }

    @Override
    public void stateChanged(JobKey key, JobStatus status) {
        synchronized (lock) {
            Shown job = jobs.get(key);
            if (job == null) {
                return;
            }
            job.status = status;
            if (status.state() == JobState.RUNNING) {
                running();
            }
            if (status.state().ended()) {
                over = over.plus(job);
                last = cut(job.name) + ": "
                        + status.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
                jobs.remove(key);
                if (jobs.isEmpty()) {
                    end();
                }
            }
            lock.notifyAll();
        }
    }

    private void running() {
        if (since == 0) {
            since = nanos.getAsLong();
        }
    }

    /** The last line stays, and the next job begins a new one. */
    private void end() {
        PrintStream to = out;
        if (to != null && ever) {
            to.print(CLEAR);
            if (hidden == 0) {
                to.println(fitted(summary(), Math.max(20, width.getAsInt() - 1)));
            }
            to.flush();
        }
        drawn = "";
    }

    // ---------------------------------------------------------------- drawing

    private void drawWhileOpen() {
        synchronized (lock) {
            while (!jobs.isEmpty()) {
                draw();
                if (!pause()) {
                    break;
                }
            }
            drawer = null;
        }
    }

    /** Changes of state wake it early, and are then waited out; false if it is to end. */
    private boolean pause() {
        long end = lastDrawn + TimeUnit.MILLISECONDS.toNanos(DRAW_MILLIS);
        long left = end - nanos.getAsLong();
        while (left > 0 && !jobs.isEmpty()) {
            try {
                lock.wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            } catch (InterruptedException e) {
                return false;
            }
            left = end - nanos.getAsLong();
        }
        return true;
    }

    /** Draws the line, if there is one to draw and it is not as it was. */
    void draw() {
        synchronized (lock) {
            PrintStream to = out;
            long now = nanos.getAsLong();
            lastDrawn = now;
            if (to == null || hidden > 0 || jobs.isEmpty() || now - began < FIRST_NANOS) {
                return;
            }
            String line = fitted(line(now), Math.max(20, width.getAsInt() - 1));
            if (!line.equals(drawn)) {
                drawn = line;
                ever = true;
                to.print(CLEAR + coloured(line));
                to.flush();
            }
        }
    }

    /**
     * Takes the line away until what is returned is closed: for whoever prints on the same terminal.
     *
     * <p>Example: {@code try (var hidden = progress.hide()) { System.out.println(...); }}
     */
    public Hidden hide() {
        synchronized (lock) {
            hidden++;
            PrintStream to = out;
            if (to != null && !drawn.isEmpty()) {
                to.print(CLEAR);
                to.flush();
            }
            drawn = "";
        }
        return new Hidden(this);
    }

    /** That the line is taken away. */
    public static final class Hidden implements AutoCloseable {
        private final TerminalProgress of;
        private boolean closed;

        private Hidden(TerminalProgress of) {
            this.of = of;
        }

        /** Lets the line be drawn again. Calling it again does nothing. */
        @Override
        public void close() {
            synchronized (of.lock) {
                if (!closed) {
                    closed = true;
                    of.hidden--;
                }
            }
        }
    }

    /**
     * Waits until the end of a job has been told here, which comes after its future is complete.
     *
     * @param millis at most so long
     */
    public void awaitEnd(JobKey key, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            while (jobs.containsKey(key)) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                lock.wait(left);
            }
        }
    }

    // ---------------------------------------------------------------- words

    private record Sum(int jobs, long tasks, long succeeded, long failed, long cancelled, long staged, long retried) {
        private static final Sum NONE = new Sum(0, 0, 0, 0, 0, 0, 0);

        Sum plus(Shown job) {
            Progress p = job.progress;
            return new Sum(
                    jobs + 1,
                    tasks + job.tasks,
                    succeeded + p.succeeded(),
                    failed + p.failed(),
                    cancelled + p.cancelled(),
                    staged + job.staged,
                    retried + job.retried);
        }

        long ended() {
            return succeeded + failed + cancelled;
        }
    }

    private Sum sum() {
        Sum sum = over;
        for (Shown job : jobs.values()) {
            sum = sum.plus(job);
        }
        return sum;
    }

    private static String cut(String name) {
        return name.codePointCount(0, name.length()) <= LONGEST_NAME
                ? name
                : name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME - 3)) + "...";
    }

    private String line(long now) {
        Sum sum = sum();
        int running = 0;
        String waits = "";
        for (Shown job : jobs.values()) {
            boolean runs = job.status.state() == JobState.RUNNING || job.progress.ended() > 0;
            running += runs ? 1 : 0;
            waits = runs || !waits.isEmpty() ? waits : job.status.detail();
        }
        StringBuilder line = new StringBuilder();
        line.append(sum.jobs == 1 ? cut(jobs.values().iterator().next().name) : sum.jobs + " jobs");
        line.append(": ").append(sum.ended()).append('/').append(sum.tasks).append(sum.tasks == 1 ? " task" : " tasks");
        counts(line, sum);
        if (sum.jobs == 1) {
            line.append(running == 1 ? ", running" : waits.isEmpty() ? ", waiting" : ", waiting: " + waits);
        } else {
            line.append(", ")
                    .append(running)
                    .append(" running, ")
                    .append(jobs.size() - running)
                    .append(" waiting");
        }
        if (running == 0 && sum.staged > 0) {
            line.append(", ").append(bytes(sum.staged)).append(" sent");
        }
        long time = since == 0 ? 0 : now - since;
        if (sum.ended() > 0 && time > RATE_NANOS) {
            double rate = sum.ended() * 1e9 / time;
            line.append(String.format(Locale.ROOT, rate >= 10 ? ", %.0f/s" : ", %.2f/s", rate));
            if (sum.ended() < sum.tasks) {
                line.append(", ")
                        .append(duration(Math.round((sum.tasks - sum.ended()) / rate)))
                        .append(" left");
            }
        } else {
            line.append(", ").append(duration(TimeUnit.NANOSECONDS.toSeconds(now - began)));
        }
        return line.toString();
    }

    private static void counts(StringBuilder line, Sum sum) {
        if (sum.failed > 0) {
            line.append(", ").append(sum.failed).append(" failed");
        }
        if (sum.cancelled > 0) {
            line.append(", ").append(sum.cancelled).append(" cancelled");
        }
        if (sum.retried > 0) {
            line.append(", ").append(sum.retried).append(" tried again");
        }
    }

    private String summary() {
        Sum sum = sum();
        StringBuilder line = new StringBuilder(sum.jobs == 1 ? last + ", " : sum.jobs + " jobs: ");
        line.append(sum.succeeded).append(" of ").append(sum.tasks);
        line.append(sum.tasks == 1 ? " task returned" : " tasks returned");
        counts(line, sum);
        return line.append(", in ")
                .append(duration(TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong() - began)))
                .toString();
    }

    private static String duration(long seconds) {
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7200) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        return seconds < 172_800
                ? seconds / 3600 + " h " + seconds / 60 % 60 + " min"
                : seconds / 86_400 + " d " + seconds / 3600 % 24 + " h";
    }

    private static String bytes(long bytes) {
        return bytes < 1 << 20
                ? Math.max(1, bytes >> 10) + " KiB"
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }

    /** No wider than the terminal, and without what would move its cursor: names are anybody's. */
    private static String fitted(String text, int columns) {
        StringBuilder line = new StringBuilder();
        int used = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            int type = Character.getType(c);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR) {
                c = '?';
            }
            boolean wide = c >= 0x1100
                    && (Character.isIdeographic(c)
                            || c <= 0x115f
                            || (c >= 0xac00 && c <= 0xd7a3)
                            || (c >= 0x3040 && c <= 0x30ff)
                            || (c >= 0xff00 && c <= 0xff60)
                            || c >= 0x1f300);
            used += wide ? 2 : type == Character.NON_SPACING_MARK ? 0 : 1;
            if (used > columns) {
                return line.toString();
            }
            line.appendCodePoint(c);
        }
        return line.toString();
    }

    private String coloured(String line) {
        return colours ? line.replaceFirst("([0-9]+ failed)", RED + "$1" + PLAIN) : line;
    }
}

package io.clustrix.local;

import io.clustrix.worker.PipeMark;
import io.clustrix.worker.ResultRing;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What a worker prints past {@code System.out}: child processes, native code, the JVM itself. The worker
 * {@linkplain PipeMark marks} the end of each task that may have had such.
 *
 * <p><b>Threads:</b> one drains the pipe; another waits for marks.
 */
final class PipeOutput implements Runnable {

    /** Who wants the text. */
    @FunctionalInterface
    interface Taker {
        /** Text of an item of a unit; both 0 if it is nobody's. */
        void printed(int unit, int item, String text);
    }

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final InputStream pipe;
    private final LongSupplier current;
    private final Taker taker;
    private final byte[] buffer = new byte[8192];
    private Utf8Text text = new Utf8Text();

    private final Object lock = new Object();

    // Guarded by the lock.
    private long seen;
    private long wanted;
    private boolean ended;

    /**
     * Makes one that is to be run.
     *
     * @param current what the worker runs, see {@link ResultRing#current()}
     */
    PipeOutput(InputStream pipe, LongSupplier current, Taker taker) {
        this.pipe = pipe;
        this.current = current;
        this.taker = taker;
    }

    /** Drains the pipe. */
    @Override
    public void run() {
        try (pipe) {
            int kept = 0;
            for (int n = pipe.read(buffer); n >= 0; n = pipe.read(buffer, kept, buffer.length - kept)) {
                long running = current.getAsLong();
                // If there is more, it may end with the mark of the task that has printed this. If not, that task still
                // ran when it was asked what runs.
                kept = take(kept + n, running, pipe.available() > 0);
            }
            long running = current.getAsLong();
            give(ResultRing.unitOf(running), ResultRing.itemOf(running), buffer, 0, kept);
        } catch (IOException e) {
            // closed because the process has ended
        } finally {
            synchronized (lock) {
                ended = true;
                lock.notifyAll();
            }
        }
    }

    /** Gives away what is in the buffer as far as it can be told whose it is; returns how much is left. */
    private int take(int length, long running, boolean more) {
        int from = 0;
        int mark = PipeMark.find(buffer, from, length);
        while (mark + PipeMark.LENGTH <= length) {
            give(PipeMark.unitAt(buffer, mark), PipeMark.itemAt(buffer, mark), buffer, from, mark);
            text = new Utf8Text(); // the next is another task's
            synchronized (lock) {
                seen++;
                lock.notifyAll();
            }
            from = mark + PipeMark.LENGTH;
            mark = PipeMark.find(buffer, from, length);
        }
        boolean full = length - from > buffer.length / 2;
        if (!more || full) {
            give(ResultRing.unitOf(running), ResultRing.itemOf(running), buffer, from, mark);
            from = mark;
        }
        System.arraycopy(buffer, from, buffer, 0, length - from);
        return length - from;
    }

    private void give(int unit, int item, byte[] bytes, int from, int to) {
        if (to > from) {
            taker.printed(
                    unit,
                    unit == 0 ? 0 : item,
                    text.decode(from == 0 ? bytes : Arrays.copyOfRange(bytes, from, to), to - from));
        }
    }

    /** The worker says that it has written another mark: returns when all before it has been given away. */
    void awaitMark() {
        synchronized (lock) {
            wanted++;
            long end = System.nanoTime() + PATIENCE_NANOS;
            try {
                for (long left = PATIENCE_NANOS; seen < wanted && !ended && left > 0; left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(lock, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // then output may come late
            }
        }
    }
}

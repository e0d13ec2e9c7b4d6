package io.clustrix.worker;

import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * A {@linkplain RecordFile record file} that grows. Records are collected, and written when {@value #FULL} bytes have
 * come together, when a caller asks for it, or {@value #LONGEST_MILLIS} ms after the first of them by a thread of its
 * own: a process that is killed loses no more than that.
 *
 * <p>An interrupt does no harm here, as it would to a {@link java.nio.channels.FileChannel}.
 *
 * <p><b>Threads:</b> any.
 */
final class RecordWriter implements Closeable {
    private static final int FULL = 1 << 16;
    private static final int LONGEST_MILLIS = 10;

    /** What is told of a failure of the thread. */
    @FunctionalInterface
    interface FailureHandler {
        void failed(IOException why);
    }

    private final File file;
    private final FileOutputStream out;
    private final ByteSink buffer = new ByteSink(2 * FULL + 64); // never grows: a full heap must not tear a record
    private final CRC32C crc = new CRC32C();
    private final FailureHandler onFailure;
    private int outcomes;
    private boolean waiting;
    private boolean writeThrough;
    private boolean closed;

    /**
     * Begins a file.
     *
     * @param file an empty file
     * @param onFailure is told on the writer's own thread when that can't write
     */
    RecordWriter(File file, RecordFile.Origin origin, FailureHandler onFailure) throws IOException {
        this.file = file;
        this.out = new FileOutputStream(file, true);
        this.onFailure = onFailure;
        buffer.writeInt(RecordFile.MAGIC);
        buffer.writeInt(RecordFile.VERSION);
        buffer.write(Bytes.ofLong(origin.key().high()));
        buffer.write(Bytes.ofLong(origin.key().low()));
        buffer.writeInt(origin.element());
        buffer.writeInt(origin.attempt());
        buffer.writeInt(origin.restart());
        crc.update(buffer.array(), 0, buffer.size());
        buffer.writeInt((int) crc.getValue());
        waiting = true;
        new Flusher().start();
    }

    File file() {
        return file;
    }

    /** Appends a record without a payload. */
    synchronized void append(int type, int task) throws IOException {
        begin(type, task, 0);
        added();
    }

    /** Appends a record; what is large is written at once, without a copy. */
    synchronized void append(int type, int task, byte[] payload, int offset, int length) throws IOException {
        if (type == RecordFile.RESULT || type == RecordFile.ERROR) {
            outcomes++;
        }
        begin(type, task, length);
        if (length <= FULL) {
            buffer.write(payload, offset, length);
        } else {
            flush();
            write(payload, offset, length);
        }
        crc.reset();
        crc.update(payload, offset, length);
        buffer.writeInt((int) crc.getValue());
        added();
    }

    private void begin(int type, int task, int length) {
        int start = buffer.size();
        buffer.writeInt(type);
        buffer.writeInt(task);
        buffer.writeInt(length);
        crc.reset();
        crc.update(buffer.array(), start, 12);
        buffer.writeInt((int) crc.getValue());
    }

    private void added() throws IOException {
        if (writeThrough || buffer.size() >= FULL) {
            flush();
        } else if (!waiting) {
            waiting = true;
            notifyAll();
        }
    }

    /** Writes what has been collected. */
    synchronized void flush() throws IOException {
        if (buffer.size() > 0 && !closed) {
            write(buffer.array(), 0, buffer.size());
            buffer.reset();
        }
    }

    /** From now on each record is written at once. */
    synchronized void writeThrough() throws IOException {
        writeThrough = true;
        flush();
    }

    /** In pieces: for a large one the JDK allocates as much outside the heap. */
    private void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length; done += FULL) {
            out.write(bytes, offset + done, Math.min(FULL, length - done));
        }
    }

    /** Ends the file with its seal, on the disk. */
    synchronized void seal() throws IOException {
        begin(RecordFile.END, outcomes, 0);
        flush();
        out.getFD().sync();
        close();
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            flush();
            closed = true;
            notifyAll();
            out.close(); // on NFS this may be the first to tell of a full disk
        }
    }

    private final class Flusher extends Thread {
        Flusher() {
            super("clustrix-records");
            setDaemon(true);
        }

        @Override
        public void run() {
            while (true) {
                try {
                    if (!awaitRecord()) {
                        return;
                    }
                    sleep(LONGEST_MILLIS);
                    flushWaiting();
                } catch (InterruptedException | OutOfMemoryError e) {
                    // A task has interrupted every thread it found, or filled the heap: the next round may be luckier.
                } catch (IOException e) {
                    onFailure.failed(e);
                    return;
                }
            }
        }

        private boolean awaitRecord() throws InterruptedException {
            synchronized (RecordWriter.this) {
                while (!waiting && !closed) {
                    RecordWriter.this.wait();
                }
                return !closed;
            }
        }

        private void flushWaiting() throws IOException {
            synchronized (RecordWriter.this) {
                waiting = false;
                flush();
            }
        }
    }
}

package io.clustrix.worker;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A ring of records in a file that two processes map: a worker writes, its driver reads.
 *
 * <p>Why not a pipe or a socket: what the worker has put here survives its death at any moment, so results that were
 * finished before a later task killed the process are not lost, at the cost of a memory copy instead of a system call
 * for each. And {@link #current()} tells the driver exactly which task was running when the worker died.
 *
 * <p>Layout: fields on cache lines of their own (bytes written so far, bytes read so far, whether the reader sleeps,
 * the task that runs), a small ring of the driver's {@linkplain #order orders} with two counters of its own, then the
 * ring from offset {@value #HEADER}. A record is aligned to 16 bytes: length of its payload, type, unit, item (an int
 * each), payload.
 *
 * <p><b>Threads:</b> one process writes, one reads; each side is to be guarded by its user against its own threads.
 */
public final class ResultRing {
    /** Bytes before the first record. */
    private static final int HEADER = 4096;

    /** Bytes of the ring: a power of two. */
    static final int CAPACITY = 1 << 20;

    /** The largest payload of a record, in bytes. */
    public static final int LARGEST_PAYLOAD = CAPACITY / 4;

    private static final int RECORD_HEADER = 16;
    private static final int WRITTEN = 0;
    private static final int READ = 64;
    private static final int READER_SLEEPS = 128;
    private static final int CURRENT = 192;
    private static final int ORDERS_WRITTEN = 256;
    private static final int ORDERS_READ = 320;
    private static final int ORDERS = 1024;
    private static final int MAX_ORDERS = 128;
    private static final int PADDING = 0;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** Declared as what the handles above expect exactly: with a sub-type every access would be slow. */
    private final ByteBuffer memory;

    private ResultRing(ByteBuffer memory) {
        this.memory = memory.order(ByteOrder.nativeOrder());
    }

    /**
     * Makes the file and maps it. Every byte is written once, so that a full disk is an exception here and not a fault
     * on a later access.
     *
     * @throws IOException if the file is there already or can't be written in full
     */
    public static ResultRing create(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(HEADER + CAPACITY);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return new ResultRing(channel.map(FileChannel.MapMode.READ_WRITE, 0, HEADER + CAPACITY));
        }
    }

    /**
     * Maps a file that {@link #create} made.
     *
     * @throws IOException if it is not there or has another length
     */
    static ResultRing open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() != HEADER + CAPACITY) {
                throw new IOException(file + " has " + channel.size() + " bytes, not " + (HEADER + CAPACITY));
            }
            return new ResultRing(channel.map(FileChannel.MapMode.READ_WRITE, 0, HEADER + CAPACITY));
        }
    }

    // ---------------------------------------------------------------- the writer's side

    /** Whether a record with such a payload can be written now. */
    boolean hasRoom(int payloadLength) {
        long written = (long) LONG.get(memory, WRITTEN);
        long read = (long) LONG.getAcquire(memory, READ);
        // The worst case: the record does not fit before the end, which is padded.
        return written - read + 2L * recordLength(payloadLength) <= CAPACITY;
    }

    /** Writes one record; the caller has seen {@link #hasRoom} say yes. */
    void write(int type, int unit, int item, byte[] payload, int offset, int length) {
        long written = (long) LONG.get(memory, WRITTEN);
        int position = (int) (written & CAPACITY - 1);
        int total = recordLength(length);
        if (position + total > CAPACITY) {
            memory.putInt(HEADER + position, CAPACITY - position - RECORD_HEADER);
            memory.putInt(HEADER + position + 4, PADDING);
            written += CAPACITY - position;
            position = 0;
        }
        int at = HEADER + position;
        memory.putInt(at, length);
        memory.putInt(at + 4, type);
        memory.putInt(at + 8, unit);
        memory.putInt(at + 12, item);
        memory.put(at + RECORD_HEADER, payload, offset, length);
        LONG.setRelease(memory, WRITTEN, written + total);
    }

    /** Whether the reader had gone to sleep; it is told to have been woken by this, so the caller must wake it. */
    boolean wakeReader() {
        VarHandle.fullFence();
        return (int) INT.getVolatile(memory, READER_SLEEPS) == 1 && INT.compareAndSet(memory, READER_SLEEPS, 1, 0);
    }

    /** Notes which task runs; see {@link #current()}. */
    void current(int unit, int item) {
        LONG.setRelease(memory, CURRENT, (long) unit << 32 | item + 1L);
    }

    /** Notes that no task runs. */
    void idle() {
        LONG.setRelease(memory, CURRENT, 0L);
    }

    /**
     * The next of the driver's orders, {@link Wire#REVOKE} or {@link Wire#CANCEL} in the upper half, the unit in the
     * lower; 0 if none.
     */
    long nextOrder() {
        long read = (long) LONG.get(memory, ORDERS_READ);
        if (read == (long) LONG.getAcquire(memory, ORDERS_WRITTEN)) {
            return 0;
        }
        long order = memory.getLong(ORDERS + (int) (read % MAX_ORDERS) * 8);
        LONG.setRelease(memory, ORDERS_READ, read + 1);
        return order;
    }

    // ---------------------------------------------------------------- the reader's side

    /** Leaves an order for the worker, which looks every few milliseconds; false if it has left too many unread. */
    public boolean order(int what, int unit) {
        long written = (long) LONG.get(memory, ORDERS_WRITTEN);
        if (written - (long) LONG.getAcquire(memory, ORDERS_READ) == MAX_ORDERS) {
            return false;
        }
        memory.putLong(ORDERS + (int) (written % MAX_ORDERS) * 8, (long) what << 32 | unit);
        LONG.setRelease(memory, ORDERS_WRITTEN, written + 1);
        return true;
    }

    /** What a reader does with a record. */
    @FunctionalInterface
    public interface RecordHandler {
        /**
         * Takes one record.
         *
         * @param payload holds the payload from 0 to {@code length}; it is used again for the next record
         * @throws IOException if it is not to be understood
         */
        void record(int type, int unit, int item, byte[] payload, int length) throws IOException;
    }

    /**
     * Hands every record that is there to the handler.
     *
     * @param scratch where payloads are copied to; at least {@link #LARGEST_PAYLOAD} long
     * @return how many there were
     * @throws IOException what the handler throws; the record counts as read
     */
    public int drain(byte[] scratch, RecordHandler handler) throws IOException {
        long read = (long) LONG.get(memory, READ);
        long written = (long) LONG.getAcquire(memory, WRITTEN);
        int count = 0;
        while (read < written) {
            int at = HEADER + (int) (read & CAPACITY - 1);
            int length = memory.getInt(at);
            int type = memory.getInt(at + 4);
            if (length < 0 || length > CAPACITY - RECORD_HEADER) {
                throw new IOException("a record of " + length + " bytes: the worker's memory is damaged");
            }
            int unit = memory.getInt(at + 8);
            int item = memory.getInt(at + 12);
            if (type != PADDING) {
                memory.get(at + RECORD_HEADER, scratch, 0, length);
            }
            read += recordLength(length);
            LONG.setRelease(memory, READ, read);
            if (type != PADDING) {
                count++;
                handler.record(type, unit, item, scratch, length);
            }
            if (read == written) {
                written = (long) LONG.getAcquire(memory, WRITTEN);
            }
        }
        return count;
    }

    /** Goes to sleep, as far as the writer is concerned: from now on it rings. False if there is something to read. */
    public boolean sleep() {
        INT.setVolatile(memory, READER_SLEEPS, 1);
        VarHandle.fullFence();
        if ((long) LONG.getAcquire(memory, WRITTEN) == (long) LONG.get(memory, READ)) {
            return true;
        }
        INT.setVolatile(memory, READER_SLEEPS, 0);
        return false;
    }

    /** The task that the worker runs, as {@link #unitOf} and {@link #itemOf} tell; 0 if none. Stays after its death. */
    public long current() {
        return (long) LONG.getAcquire(memory, CURRENT);
    }

    /** The unit of a value of {@link #current()}. */
    public static int unitOf(long current) {
        return (int) (current >>> 32);
    }

    /** The item within its unit of a value of {@link #current()}. */
    public static int itemOf(long current) {
        return (int) current - 1;
    }

    private static int recordLength(int payloadLength) {
        return RECORD_HEADER + payloadLength + 15 & -16;
    }
}

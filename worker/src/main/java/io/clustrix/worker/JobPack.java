package io.clustrix.worker;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.SerializerOptions;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * The file {@code job.pack} in a job's directory: all that the workers of a job need to know. The driver writes it from
 * front to back; a worker reads the head, the function, and its own element's items, however large the rest is.
 *
 * <p>The form, numbers with the most significant byte first:
 *
 * <pre>
 *  0  4 bytes  "CLTJ"
 *  4  4 bytes  version of this form, 1
 *  8 16 bytes  the job's key
 * 24  4 bytes  kind: 0 a call, 1 a function over items, 2 a function over a range of numbers
 * 28  4 bytes  first number of the range
 * 32  4 bytes  how many tasks
 * 36  4 bytes  how many elements, e
 * 40  4 bytes  s, the length of the set-up
 * 44  4 bytes  f, the length of the function's envelope
 * 48  4 bytes  CRC-32C of the bytes 0 to 47, of the set-up and of the function
 * 52  s bytes  set-up
 *     f bytes  envelope of the function, or of the callable
 *              for each element, if there are items, the envelope of an array of them
 *     e times 28 bytes: first task (4), how many (4), where the items are in the file (8), their length (4), their
 *              CRC-32C (4), CRC-32C of the job's key, the element's number and these 24 bytes (4)
 *     8 bytes  length of the file
 *     4 bytes  "JTLC"
 * </pre>
 */
public final class JobPack {
    static final int CALL = 0;
    static final int EACH = 1;
    static final int RANGE = 2;

    private static final int MAGIC = 'C' << 24 | 'L' << 16 | 'T' << 8 | 'J';
    private static final int END = 'J' << 24 | 'T' << 16 | 'L' << 8 | 'C';
    private static final int VERSION = 1;
    private static final int HEADER = 52;
    private static final int ROW = 28;
    private static final int TRAILER = 12;

    private JobPack() {}

    /**
     * One entry of the class path that the worker must have been started with.
     *
     * @param name the name of the file, without its directory
     * @param size its length in bytes
     */
    public record ClassPathFile(String name, long size) {}

    /**
     * What is the same for all of a job's workers.
     *
     * @param key the job
     * @param name what people call it
     * @param serializerProvider the class name of the {@link io.clustrix.spi.SerializerProvider}
     * @param serializerOptions what the serializer is made with
     * @param classFileLevel the highest level of the job's classes, 61 for Java 17; a worker on an older Java refuses
     *     to run. 0: not known
     * @param failFast whether a worker stops after the first task that fails
     * @param calls how often a task is called that throws an exception, before that is its result; at least 1
     * @param classPath the files that must be the worker's class path, in this order; empty: it is not checked. With
     *     one line edited between driver and worker a lambda runs silently as another lambda, so a worker refuses to
     *     run when names or sizes differ. Names that are made from the content make that a check of the content.
     */
    public record Setup(
            JobKey key,
            String name,
            String serializerProvider,
            SerializerOptions serializerOptions,
            int classFileLevel,
            boolean failFast,
            int calls,
            List<ClassPathFile> classPath) {
        /** Copies the list. */
        public Setup {
            classPath = List.copyOf(classPath);
        }

        private byte[] toBytes() {
            ByteSink sink = new ByteSink();
            try (DataOutputStream out = new DataOutputStream(sink)) {
                Bytes.writeText(name, out);
                Bytes.writeText(serializerProvider, out);
                WorkerSetup.write(serializerOptions, out);
                out.writeInt(classFileLevel);
                out.writeBoolean(failFast);
                out.writeInt(calls);
                out.writeInt(classPath.size());
                for (ClassPathFile file : classPath) {
                    Bytes.writeText(file.name(), out);
                    out.writeLong(file.size());
                }
            } catch (IOException e) {
                throw new IllegalStateException("writing to memory failed", e);
            }
            return sink.toByteArray();
        }

        private static Setup fromBytes(JobKey key, byte[] bytes, int offset, int length) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, offset, length));
            String name = text(in);
            String provider = text(in);
            SerializerOptions options = WorkerSetup.readOptions(in);
            int level = in.readInt();
            boolean failFast = in.readBoolean();
            int calls = in.readInt();
            List<ClassPathFile> classPath = new ArrayList<>();
            for (int i = in.readInt(); i > 0; i--) {
                classPath.add(new ClassPathFile(text(in), in.readLong()));
            }
            return new Setup(key, name, provider, options, level, failFast, calls, classPath);
        }

        private static String text(DataInputStream in) throws IOException {
            return Objects.requireNonNullElse(Bytes.readText(in), "");
        }
    }

    /** How the tasks of a job are spread over elements, each of which has at least one. Immutable. */
    public static final class Layout {
        /** Each element's first task, then the number of tasks. */
        private final int[] firsts;

        private Layout(int[] firsts) {
            this.firsts = firsts;
        }

        /**
         * Elements of so many tasks each; the last may have fewer.
         *
         * @throws IllegalArgumentException if a number is below 1
         */
        public static Layout ofChunks(int tasks, int chunkSize) {
            check(tasks, chunkSize);
            int[] firsts = new int[(tasks - 1) / chunkSize + 2];
            for (int i = 0; i < firsts.length; i++) {
                firsts[i] = (int) Math.min(tasks, (long) i * chunkSize);
            }
            return new Layout(firsts);
        }

        /**
         * So many elements, whose numbers of tasks differ by one at most; fewer elements if there are fewer tasks.
         *
         * @throws IllegalArgumentException if a number is below 1
         */
        public static Layout ofElements(int tasks, int elements) {
            check(tasks, elements);
            int n = Math.min(tasks, elements);
            int[] firsts = new int[n + 1];
            for (int i = 0; i <= n; i++) {
                firsts[i] = (int) ((long) tasks * i / n);
            }
            return new Layout(firsts);
        }

        private static void check(int tasks, int other) {
            if (tasks < 1 || other < 1) {
                throw new IllegalArgumentException(
                        "a job has at least 1 task in at least 1 element, not " + tasks + " and " + other);
            }
        }

        /** How many tasks. */
        public int tasks() {
            return firsts[firsts.length - 1];
        }

        /** How many elements. */
        public int elements() {
            return firsts.length - 1;
        }

        /** The first task of an element. */
        public int first(int element) {
            Objects.checkIndex(element, elements());
            return firsts[element];
        }

        /** How many tasks an element has. */
        public int count(int element) {
            return firsts[Objects.checkIndex(element, elements()) + 1] - firsts[element];
        }

        /** Which element a task is in. */
        public int elementOf(int task) {
            Objects.checkIndex(task, tasks());
            int i = Arrays.binarySearch(firsts, task);
            return i >= 0 ? i : -i - 2;
        }
    }

    /**
     * Writes a pack to a stream, without holding more than it is given at once. Only after {@link #finish} the pack is
     * whole; what is left by one that failed is refused by every worker. Not thread-safe.
     */
    public static final class Writer implements Closeable {
        private final OutputStream out;
        private final JobKey key;
        private final Layout layout;
        private final boolean withItems;
        private final ByteSink table = new ByteSink();
        private long position;
        private int element;

        private Writer(
                OutputStream out, Setup setup, int kind, int rangeStart, Layout layout, byte[] function, int length)
                throws IOException {
            this.out = out;
            this.key = setup.key();
            this.layout = layout;
            this.withItems = kind == EACH;
            byte[] setupBytes = setup.toBytes();
            ByteSink head = new ByteSink(HEADER + setupBytes.length);
            head.writeInt(MAGIC);
            head.writeInt(VERSION);
            head.write(Bytes.ofLong(key.high()));
            head.write(Bytes.ofLong(key.low()));
            head.writeInt(kind);
            head.writeInt(rangeStart);
            head.writeInt(layout.tasks());
            head.writeInt(layout.elements());
            head.writeInt(setupBytes.length);
            head.writeInt(length);
            CRC32C crc = new CRC32C();
            crc.update(head.array(), 0, head.size());
            crc.update(setupBytes, 0, setupBytes.length);
            crc.update(function, 0, length);
            head.writeInt((int) crc.getValue());
            head.write(setupBytes);
            put(head.array(), 0, head.size());
            put(function, 0, length);
        }

        /**
         * A pack of one call.
         *
         * @param out where it goes; buffered if there are many small elements
         * @param callable the envelope of a {@link io.clustrix.spi.RemoteCallable}
         */
        public static Writer call(OutputStream out, Setup setup, byte[] callable) throws IOException {
            return new Writer(out, setup, CALL, 0, Layout.ofChunks(1, 1), callable, callable.length);
        }

        /**
         * A pack of a function over items, which {@link #items} then takes.
         *
         * @param out where it goes; buffered if there are many small elements
         * @param function the envelope of a {@link io.clustrix.spi.RemoteFunction}
         */
        public static Writer each(OutputStream out, Setup setup, Layout layout, byte[] function) throws IOException {
            return new Writer(out, setup, EACH, 0, layout, function, function.length);
        }

        /**
         * A pack of a function over a range of numbers.
         *
         * @param out where it goes; buffered if there are many small elements
         * @param start the number for task 0
         * @param function the envelope of a {@link io.clustrix.spi.RemoteIntFunction}
         */
        public static Writer range(OutputStream out, Setup setup, Layout layout, int start, byte[] function)
                throws IOException {
            return new Writer(out, setup, RANGE, start, layout, function, function.length);
        }

        /**
         * Writes the items of the next element.
         *
         * @param envelope the envelope of an {@code Object[]} of them
         * @throws IllegalStateException if all elements have their items, or the job has none
         */
        public void items(byte[] envelope) throws IOException {
            if (!withItems || element == layout.elements()) {
                throw new IllegalStateException("there is no element " + element + " that takes items");
            }
            row(envelope);
            put(envelope, 0, envelope.length);
        }

        private void row(byte[] items) {
            int start = table.size();
            table.writeInt(layout.first(element));
            table.writeInt(layout.count(element));
            table.write(Bytes.ofLong(position));
            table.writeInt(items.length);
            CRC32C crc = new CRC32C();
            crc.update(items, 0, items.length);
            table.writeInt((int) crc.getValue());
            table.writeInt(rowSum(key, element, table.array(), start));
            element++;
        }

        /**
         * Completes the pack and flushes the stream.
         *
         * @return how long the pack is, in bytes
         * @throws IllegalStateException if elements lack their items
         */
        public long finish() throws IOException {
            byte[] none = new byte[0];
            while (!withItems && element < layout.elements()) {
                row(none);
            }
            if (element < layout.elements()) {
                throw new IllegalStateException("element " + element + " of " + layout.elements() + " has no items");
            }
            table.write(Bytes.ofLong(position + table.size() + TRAILER));
            table.writeInt(END);
            put(table.array(), 0, table.size());
            table.reset();
            out.flush();
            return position;
        }

        private void put(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            position += length;
        }

        /** Closes the stream. */
        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private static int rowSum(JobKey key, int element, byte[] row, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(Bytes.ofLong(key.low()), 0, 8);
        crc.update(Bytes.ofLong(element), 0, 8);
        crc.update(row, offset, ROW - 4);
        return (int) crc.getValue();
    }

    // ---------------------------------------------------------------- the worker's side

    /**
     * What one element needs.
     *
     * @param setup for the whole job
     * @param kind {@link #CALL}, {@link #EACH} or {@link #RANGE}
     * @param rangeStart the number for task 0
     * @param function envelope of the function
     * @param first first task
     * @param count how many tasks
     * @param items envelope of the items; empty if there are none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(Setup setup, int kind, int rangeStart, byte[] function, int first, int count, byte[] items) {}

    /**
     * Reads what an element needs.
     *
     * @throws IOException if the file is missing, is no pack, is cut or damaged, or has another version; the message
     *     says which and names the file
     */
    static Part read(File file, int element) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file, "r")) {
            return read(in, file, element);
        } catch (FileNotFoundException e) {
            throw new IOException("the job's pack can't be opened: " + e.getMessage(), e);
        }
    }

    private static Part read(RandomAccessFile in, File file, int element) throws IOException {
        long size = in.length();
        byte[] head = new byte[(int) Math.min(size, HEADER)];
        in.readFully(head);
        if (head.length < 8) {
            throw cut(file, size);
        }
        if (Bytes.intAt(head, 0) != MAGIC) {
            throw new IOException(file + " is no job pack: it begins with 0x"
                    + Integer.toHexString(Bytes.intAt(head, 0)) + ", not with \"CLTJ\"");
        }
        int version = Bytes.intAt(head, 4);
        if (version != VERSION) {
            throw new IOException(file + " has version " + version + " of the form, and this worker reads version "
                    + VERSION + "; use the same version of all Clustrix modules in driver and worker");
        }
        if (head.length < HEADER) {
            throw cut(file, size);
        }
        JobKey key = new JobKey(Bytes.longAt(head, 8), Bytes.longAt(head, 16));
        int elements = Bytes.intAt(head, 36);
        int setupLength = Bytes.intAt(head, 40);
        int functionLength = Bytes.intAt(head, 44);
        long tableStart = size - TRAILER - (long) ROW * elements;
        if (setupLength < 0 || functionLength < 0 || elements < 1) {
            throw damaged(file, "its header");
        }
        if (tableStart < HEADER + (long) setupLength + functionLength) {
            throw cut(file, size);
        }
        byte[] trailer = readAt(in, size - TRAILER, TRAILER);
        if (Bytes.longAt(trailer, 0) != size || Bytes.intAt(trailer, 8) != END) {
            throw cut(file, size);
        }
        byte[] setupBytes = readAt(in, HEADER, setupLength);
        byte[] function = readAt(in, HEADER + (long) setupLength, functionLength);
        CRC32C crc = new CRC32C();
        crc.update(head, 0, HEADER - 4);
        crc.update(setupBytes, 0, setupLength);
        crc.update(function, 0, functionLength);
        if ((int) crc.getValue() != Bytes.intAt(head, HEADER - 4)) {
            throw damaged(file, "its header, set-up or function");
        }
        if (element < 0 || element >= elements) {
            throw new IOException(file + " has the elements 0 to " + (elements - 1) + ", and not " + element);
        }
        byte[] row = readAt(in, tableStart + (long) ROW * element, ROW);
        if (rowSum(key, element, row, 0) != Bytes.intAt(row, ROW - 4)) {
            throw damaged(file, "the table's row of element " + element);
        }
        byte[] items = readAt(in, Bytes.longAt(row, 8), Bytes.intAt(row, 16));
        crc.reset();
        crc.update(items, 0, items.length);
        if ((int) crc.getValue() != Bytes.intAt(row, 20)) {
            throw damaged(file, "the items of element " + element);
        }
        return new Part(
                Setup.fromBytes(key, setupBytes, 0, setupLength),
                Bytes.intAt(head, 24),
                Bytes.intAt(head, 28),
                function,
                Bytes.intAt(row, 0),
                Bytes.intAt(row, 4),
                items);
    }

    private static byte[] readAt(RandomAccessFile in, long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.seek(position);
        // Not at once: a large read makes the JDK allocate as much outside the heap.
        for (int done = 0; done < length; ) {
            int n = Math.min(1 << 16, length - done);
            in.readFully(bytes, done, n);
            done += n;
        }
        return bytes;
    }

    private static IOException cut(File file, long size) {
        return new IOException(file + " is cut: " + size + " bytes are not all of it; look for a full disk, a quota,"
                + " or an upload that failed");
    }

    private static IOException damaged(File file, String what) {
        return new IOException(file + " is damaged: the checksum of " + what + " is wrong");
    }
}

package io.clustrix.worker;

import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.RuntimeReport;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a batch worker leaves behind: the outcomes of one element's tasks, in the order in which they ended.
 *
 * <p>The form, numbers with the most significant byte first:
 *
 * <pre>
 *  0  4 bytes  "CLTR"
 *  4  4 bytes  version of this form, 1
 *  8 16 bytes  the job's key
 * 24  4 bytes  element
 * 28  4 bytes  attempt
 * 32  4 bytes  restart
 * 36  4 bytes  CRC-32C of the bytes 0 to 35
 * 40           records:
 *     4 bytes  type
 *     4 bytes  task, its number in the job
 *     4 bytes  n, the length of the payload
 *     4 bytes  CRC-32C of these 12 bytes
 *     n bytes  payload
 *     4 bytes  CRC-32C of the payload, unless n is 0
 * </pre>
 *
 * <p>A record of type USE says what the worker has used so far; of several the last one holds. Files of older workers
 * have none.
 *
 * <p>A record of type END seals the file; instead of a task it has the number of outcomes. Records have a checksum for
 * their first bytes so that a damaged length is told from an end that is missing.
 */
public final class RecordFile {
    static final int RUNTIME = 1;
    static final int BEGAN = 2;
    static final int RESULT = 3;
    static final int ERROR = 4;
    static final int DYING = 5;
    static final int END = 6;
    static final int USE = 7;

    static final int MAGIC = 'C' << 24 | 'L' << 16 | 'T' << 8 | 'R';
    static final int VERSION = 2;
    static final int HEADER = 40;
    static final int RECORD_HEADER = 16;
    private static final int USE_BYTES = 32;

    private RecordFile() {}

    /**
     * Who has written a file.
     *
     * @param key the job
     * @param element which of the job's elements, from 0
     * @param attempt which of the driver's submissions of it, from 0
     * @param restart how often the scheduler had started that submission before
     */
    public record Origin(JobKey key, int element, int attempt, int restart) {}

    /**
     * What a worker has used when it wrote this; -1 is what it could not find out.
     *
     * @param startedMillis when it began, by its node's clock, in milliseconds since 1970
     * @param endedMillis when it wrote this
     * @param cpuMillis CPU time, that of the children included that have ended
     * @param peakBytes the most memory that it has had at a time, without children
     */
    public record Use(long startedMillis, long endedMillis, long cpuMillis, long peakBytes) {}

    /** How a file ends. */
    public enum State {
        /** It is whole. */
        SEALED,
        /** It ends early: its worker still runs or was killed, or the end has not arrived. All before is good. */
        CUT,
        /** Something in it is not what was written. All before that is good. */
        DAMAGED,
        /** It is no such file, or one of another version. */
        FOREIGN
    }

    /**
     * What a file holds beside the outcomes.
     *
     * @param state how it ends
     * @param problem what is wrong, for a message; empty if it is sealed
     * @param origin who has written it; absent if that can't be read
     * @param runtime what the worker ran in
     * @param outcomes how many outcomes there were, also those that the visitor did not want
     * @param running the task that had begun and not ended where the file ends: when the worker has died, of this
     * @param lastWords why the worker ended by itself, for instance where {@code System.exit} was called
     * @param use what the worker has used, as far as it has written that
     */
    public record Summary(
            State state,
            String problem,
            Optional<Origin> origin,
            Optional<RuntimeReport> runtime,
            int outcomes,
            OptionalInt running,
            Optional<String> lastWords,
            Optional<Use> use) {
        /** Whether the file is whole. */
        public boolean isSealed() {
            return state == State.SEALED;
        }
    }

    /**
     * Takes outcomes one by one; each is whole and undamaged. The array belongs to the reader: what is to stay must be
     * decoded or copied before the method returns.
     */
    public interface Visitor {
        /**
         * Looks who has written the file, before anything else of it is read; a file that is not accepted is foreign.
         */
        default boolean accepts(Origin origin) {
            return true;
        }

        /** A task ended well; its result's {@linkplain Envelope envelope} is in this part of the array. */
        void result(int task, byte[] bytes, int offset, int length);

        /** A task failed; what {@link Failures#read} reads is in this part of the array. */
        void error(int task, byte[] bytes, int offset, int length);

        /**
         * Whether an outcome is wanted. One that is not is checked, but not kept in memory.
         *
         * @param length its length in bytes
         */
        default boolean wants(int task, int length) {
            return true;
        }

        /**
         * There was not enough memory for the outcome of a task, which is skipped. Throws the error unless overridden.
         */
        default void tooLarge(int task, int length, OutOfMemoryError why) {
            throw why;
        }
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it can't be read; never because of its content
     */
    public static Summary read(Path file, Visitor visitor) throws IOException {
        return read(file.toFile(), visitor);
    }

    static Summary read(File file, Visitor visitor) throws IOException {
        try (FileInputStream in = new FileInputStream(file)) {
            return read(in, file.length(), visitor);
        }
    }

    /** Reads what was a file. */
    public static Summary read(byte[] bytes, int offset, int length, Visitor visitor) {
        try {
            return read(new ByteArrayInputStream(bytes, offset, length), length, visitor);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    /**
     * Reads a file from a stream, which may go on after it.
     *
     * @param size how long the file is, in bytes. So many bytes are taken from the stream, whatever they hold, but for
     *     an exception
     * @throws IOException what the stream throws
     */
    public static Summary read(InputStream in, long size, Visitor visitor) throws IOException {
        return new Scan(in, size, visitor).run();
    }

    /** One reading of a file. */
    private static final class Scan {
        private final InputStream in;
        private final Visitor visitor;
        private final CRC32C crc = new CRC32C();
        private final byte[] buffer = new byte[1 << 16];
        private int position;
        private int limit;

        /** What the stream still has of the file. */
        private long left;

        private final long size;
        private @Nullable Origin origin;
        private @Nullable RuntimeReport runtime;
        private @Nullable String lastWords;
        private @Nullable Use use;
        private int outcomes;
        private int running = -1;
        private String problem = "";

        Scan(InputStream in, long size, Visitor visitor) {
            this.in = in;
            this.size = size;
            this.left = size;
            this.visitor = visitor;
        }

        Summary run() throws IOException {
            State state = header();
            while (state == State.SEALED) { // so far
                State next = record();
                if (next == null) {
                    break;
                }
                state = next;
            }
            while (left > 0 && fill(0)) {
                position = limit;
            }
            return new Summary(
                    state,
                    problem,
                    Optional.ofNullable(origin),
                    Optional.ofNullable(runtime),
                    outcomes,
                    running < 0 ? OptionalInt.empty() : OptionalInt.of(running),
                    Optional.ofNullable(lastWords),
                    Optional.ofNullable(use));
        }

        private State header() throws IOException {
            boolean whole = ensure(HEADER);
            for (int i = 0; i < Math.min(4, limit); i++) {
                if (buffer[i] != (byte) (MAGIC >>> (24 - 8 * i))) {
                    problem = "it is no record file";
                    return State.FOREIGN;
                }
            }
            if (!whole) {
                return cut("header");
            }
            if (sum(0, HEADER - 4) != Bytes.intAt(buffer, HEADER - 4)) {
                problem = "its header is damaged";
                return State.DAMAGED;
            }
            int version = Bytes.intAt(buffer, 4);
            if (version != VERSION) {
                problem = "it has version " + version + ", and this Clustrix reads version " + VERSION;
                return State.FOREIGN;
            }
            JobKey key = new JobKey(Bytes.longAt(buffer, 8), Bytes.longAt(buffer, 16));
            origin = new Origin(key, Bytes.intAt(buffer, 24), Bytes.intAt(buffer, 28), Bytes.intAt(buffer, 32));
            if (!visitor.accepts(origin)) {
                problem = "it is of another job or element: " + origin;
                return State.FOREIGN;
            }
            position = HEADER;
            return State.SEALED;
        }

        /** Reads one; null at a good end, SEALED if there may be more. */
        private @Nullable State record() throws IOException {
            long start = at();
            if (!ensure(RECORD_HEADER)) {
                return limit == position && start == size ? cut("end") : cut("record");
            }
            int type = Bytes.intAt(buffer, position);
            int task = Bytes.intAt(buffer, position + 4);
            int length = Bytes.intAt(buffer, position + 8);
            if (sum(position, 12) != Bytes.intAt(buffer, position + 12)) {
                if (Bytes.longAt(buffer, position) == 0 && Bytes.longAt(buffer, position + 8) == 0) {
                    return cut("record"); // a file system that crashed may know the size, but not have the bytes
                }
                return damaged(start);
            }
            if (task < 0 || length < 0 || (length > 0) == (type == BEGAN || type == END)) {
                return damaged(start);
            }
            position += RECORD_HEADER;
            if (type == END) {
                if (at() != size || task != outcomes || running >= 0) {
                    return damaged(start);
                }
                return null;
            }
            if (length > 0 && length + 4L > size - at()) {
                return cut("record");
            }
            return payload(type, task, length, start);
        }

        private State payload(int type, int task, int length, long start) throws IOException {
            boolean outcome = type == RESULT || type == ERROR;
            boolean wanted = !outcome || visitor.wants(task, length);
            byte[] bytes = buffer;
            if (wanted && length > buffer.length - 4) {
                try {
                    bytes = new byte[length];
                } catch (OutOfMemoryError e) {
                    visitor.tooLarge(task, length, e);
                    wanted = false;
                }
            }
            int offset = 0;
            if (length == 0) {
                // nothing to read
            } else if (length <= buffer.length - 4) {
                if (!ensure(length + 4)) {
                    return cut("record");
                }
                offset = position;
                position += length + 4;
                if (sum(offset, length) != Bytes.intAt(buffer, offset + length)) {
                    return damaged(start);
                }
            } else {
                crc.reset();
                for (int done = 0; done < length; ) {
                    if (position == limit && !fill(0)) {
                        return cut("record");
                    }
                    int n = Math.min(limit - position, length - done);
                    crc.update(buffer, position, n);
                    if (wanted) {
                        System.arraycopy(buffer, position, bytes, done, n);
                    }
                    position += n;
                    done += n;
                }
                int found = (int) crc.getValue();
                if (!ensure(4)) {
                    return cut("record");
                }
                position += 4;
                if (found != Bytes.intAt(buffer, position - 4)) {
                    return damaged(start);
                }
            }
            return deliver(type, task, bytes, offset, length, wanted) ? State.SEALED : damaged(start);
        }

        private boolean deliver(int type, int task, byte[] bytes, int offset, int length, boolean wanted) {
            switch (type) {
                case BEGAN -> running = task;
                case RESULT, ERROR -> {
                    outcomes++;
                    running = running == task ? -1 : running;
                    if (wanted && type == RESULT) {
                        visitor.result(task, bytes, offset, length);
                    } else if (wanted) {
                        visitor.error(task, bytes, offset, length);
                    }
                }
                case DYING -> lastWords = new String(bytes, offset, length, StandardCharsets.UTF_8);
                case USE -> {
                    if (length != USE_BYTES) {
                        return false;
                    }
                    use = new Use(
                            Bytes.longAt(bytes, offset),
                            Bytes.longAt(bytes, offset + 8),
                            Bytes.longAt(bytes, offset + 16),
                            Bytes.longAt(bytes, offset + 24));
                }
                case RUNTIME -> {
                    try {
                        runtime = readRuntime(new DataInputStream(new ByteArrayInputStream(bytes, offset, length)));
                    } catch (IOException e) {
                        return false;
                    }
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private State cut(String what) {
            problem = what.equals("end")
                    ? "it ends after " + outcomes + " outcomes without being complete"
                    : "it is cut in a " + what + " after " + outcomes + " outcomes, at " + size + " bytes";
            return State.CUT;
        }

        private State damaged(long start) {
            problem = "it is damaged in the record at byte " + start + ", after " + outcomes + " outcomes";
            return State.DAMAGED;
        }

        private int sum(int offset, int length) {
            crc.reset();
            crc.update(buffer, offset, length);
            return (int) crc.getValue();
        }

        /** How many bytes of the file have been looked at. */
        private long at() {
            return size - left - (limit - position);
        }

        /** Whether so many bytes, at most what the buffer holds, are there; they are then in the buffer. */
        private boolean ensure(int length) throws IOException {
            if (buffer.length - position < length) {
                System.arraycopy(buffer, position, buffer, 0, limit - position);
                limit -= position;
                position = 0;
            }
            while (limit - position < length) {
                if (!fill(limit)) {
                    return false;
                }
            }
            return true;
        }

        /** Reads into the buffer from a place on; at 0 what it holds is over. */
        private boolean fill(int from) throws IOException {
            int n = left == 0 ? -1 : in.read(buffer, from, (int) Math.min(left, buffer.length - from));
            if (from == 0) {
                position = 0;
                limit = 0;
            }
            if (n < 0) {
                left = 0;
                return false;
            }
            left -= n;
            limit = from + n;
            return true;
        }
    }

    static byte[] useBytes(Use use) {
        ByteSink sink = new ByteSink(USE_BYTES);
        sink.write(Bytes.ofLong(use.startedMillis));
        sink.write(Bytes.ofLong(use.endedMillis));
        sink.write(Bytes.ofLong(use.cpuMillis));
        sink.write(Bytes.ofLong(use.peakBytes));
        return sink.toByteArray();
    }

    static byte[] runtimeBytes(RuntimeReport report) {
        ByteSink sink = new ByteSink();
        try (DataOutputStream out = new DataOutputStream(sink)) {
            Bytes.writeText(report.worker(), out);
            Bytes.writeText(report.host(), out);
            out.writeLong(report.pid());
            Bytes.writeText(report.javaVersion(), out);
            Bytes.writeText(report.javaVendor(), out);
            Bytes.writeText(report.os(), out);
            EnvironmentReport environment = report.environment();
            Bytes.writeText(environment.description(), out);
            Bytes.writeText(environment.supervisor(), out);
            writeTexts(environment.classPath(), out);
            writeTexts(environment.modules(), out);
            writeTexts(environment.variables(), out);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return sink.toByteArray();
    }

    private static RuntimeReport readRuntime(DataInputStream in) throws IOException {
        return new RuntimeReport(
                text(in),
                text(in),
                in.readLong(),
                text(in),
                text(in),
                text(in),
                new EnvironmentReport(text(in), text(in), texts(in), texts(in), texts(in)));
    }

    private static void writeTexts(List<String> texts, DataOutputStream out) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            Bytes.writeText(text, out);
        }
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int n = in.readInt(); n > 0; n--) {
            texts.add(text(in));
        }
        return texts;
    }

    private static String text(DataInputStream in) throws IOException {
        return Objects.requireNonNullElse(Bytes.readText(in), "");
    }
}

package io.clustrix.worker;

import java.util.Arrays;

/**
 * Stands in the pipe that carries what child processes and native code print, at the end of a task that may have had
 * such: so the driver can tell whose output it was, and that it has it all. Short enough to be written at once.
 *
 * <p>{@value #LENGTH} bytes: a beginning that no text has, unit, item.
 */
public final class PipeMark {
    /** The length of a mark. */
    public static final int LENGTH = 20;

    private static final byte[] BEGINNING = {0, 'c', 'l', 'u', 's', 't', 'r', 'i', 'x', 27, 7, 0};

    private PipeMark() {}

    static byte[] of(int unit, int item) {
        byte[] mark = Arrays.copyOf(BEGINNING, LENGTH);
        System.arraycopy(Bytes.ofLong((long) unit << 32 | item), 0, mark, BEGINNING.length, 8);
        return mark;
    }

    /** Where the next mark, or what may become one, begins; {@code to} if there is none. */
    public static int find(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int n = Math.min(BEGINNING.length, to - i);
            if (bytes[i] == 0 && Arrays.equals(bytes, i, i + n, BEGINNING, 0, n)) {
                return i;
            }
        }
        return to;
    }

    /** The unit of the mark at a place. */
    public static int unitAt(byte[] bytes, int at) {
        return Bytes.intAt(bytes, at + BEGINNING.length);
    }

    /** The item of the mark at a place. */
    public static int itemAt(byte[] bytes, int at) {
        return Bytes.intAt(bytes, at + BEGINNING.length + 4);
    }
}

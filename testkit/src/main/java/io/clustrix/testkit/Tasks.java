package io.clustrix.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the scenarios' jobs run, perhaps in another process on another machine. */
final class Tasks {
    /** A name with all that a shell, a script or a file could stumble over, except line breaks. */
    static final String HOSTILE =
            "--help -rf 'single' \"double\" $HOME ${HOME} $(touch canary) `touch canary` ; touch canary"
                    + " | cat & # * ? [a] {b,c} ~ ! \\ \\n %s %d {0} <a> > \u00fc\u00df \u5927 \ud834\udd1e";

    /** The name of a class that is made where a task runs, so that the driver does not have it. */
    static final String ONLY_THERE = "io.clustrix.testkit.OnlyThere";

    private static final int BIG = 3 << 20;

    private Tasks() {}

    // ---------------------------------------------------------------- values

    /** A value of the user's. */
    record Point(int x, double y, @Nullable Point next) {}

    /** Values of many kinds: the same in each JVM. */
    static List<@Nullable Object> values() {
        byte[] bytes = new byte[BIG];
        for (int i = 0; i < BIG; i++) {
            bytes[i] = (byte) ((i * 31) >>> 3);
        }
        return Arrays.asList(
                null,
                "",
                "gr\u00f6\u00dfer, \u5927\u304d\u3044, \ud834\udd1e\n\t\u0000",
                Integer.MIN_VALUE,
                Double.NaN,
                new Point(1, -0.0, new Point(3, 1e300, null)),
                new ArrayList<@Nullable Object>(Arrays.asList(1, null, "x")),
                Map.of("k", List.of(1, 2)),
                new int[][] {{1, 2}, {}},
                bytes,
                "\u00fc".repeat(BIG / 4));
    }

    // ---------------------------------------------------------------- failures

    /** An exception of the user's, with something in it. */
    static final class OutOfInkException extends Exception {
        private static final long serialVersionUID = 1L;

        final int pages;

        OutOfInkException(int pages) {
            super("after " + pages + " pages");
            this.pages = pages;
        }
    }

    /** One that no serializer can write. */
    static final class UnsendableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings({"unused", "serial"})
        private final Thread thread = Thread.currentThread();

        UnsendableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What tasks throw. */
    enum Mishap {
        PLAIN,
        OWN,
        ERROR,
        NO_MESSAGE,
        LONG_STORY
    }

    static Object throwing(Mishap mishap) throws Exception {
        switch (mishap) {
            case PLAIN -> {
                IllegalStateException e = new IllegalStateException("the printer", new OutOfInkException(12));
                e.addSuppressed(new IOException("the cable"));
                throw e;
            }
            case OWN -> throw new OutOfInkException(7);
            case ERROR -> throw new AssertionError("no way");
            case NO_MESSAGE -> throw new UnsupportedOperationException();
            case LONG_STORY -> throw new IllegalArgumentException(HOSTILE + "\nsecond line\n");
        }
        throw new IllegalStateException(mishap.name().toLowerCase(Locale.ROOT));
    }

    static RuntimeException unsendable() {
        return new UnsendableException("keep me", new OutOfInkException(3));
    }

    static RuntimeException onlyThere() throws Exception {
        return (RuntimeException)
                new OwnClasses().made().getDeclaredConstructor().newInstance();
    }

    /** Whose classes are nobody else's. */
    private static final class OwnClasses extends ClassLoader {
        OwnClasses() {
            super(Tasks.class.getClassLoader());
        }

        /** A public sub-class of RuntimeException whose constructor sets the message "from afar". */
        Class<?> made() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(0xCAFEBABE);
            out.writeInt(52); // Java 8
            out.writeShort(13);
            text(out, ONLY_THERE.replace('.', '/')); // 1
            constant(out, 7, 1); // 2: this class
            text(out, "java/lang/RuntimeException"); // 3
            constant(out, 7, 3); // 4: its super-class
            text(out, "<init>"); // 5
            text(out, "()V"); // 6
            text(out, "(Ljava/lang/String;)V"); // 7
            constant(out, 12, 5, 7); // 8: name and type
            constant(out, 10, 4, 8); // 9: the super-class's constructor
            text(out, "from afar"); // 10
            constant(out, 8, 10); // 11: the message
            text(out, "Code"); // 12
            for (int word : new int[] {0x0021, 2, 4, 0, 0, 1, 0x0001, 5, 6, 1, 12}) {
                out.writeShort(word); // public class, no interfaces, no fields, one public constructor with its code
            }
            out.writeInt(19);
            out.writeShort(2); // stack
            out.writeShort(1); // locals
            out.writeInt(7);
            out.write(new byte[] {0x2a, 0x12, 11, (byte) 0xb7, 0, 9, (byte) 0xb1}); // super("from afar")
            out.writeInt(0); // no handlers, no attributes
            out.writeShort(0);
            byte[] all = bytes.toByteArray();
            return defineClass(ONLY_THERE, all, 0, all.length);
        }

        private static void text(DataOutputStream out, String text) throws IOException {
            out.writeByte(1);
            out.writeUTF(text);
        }

        private static void constant(DataOutputStream out, int tag, int... words) throws IOException {
            out.writeByte(tag);
            for (int word : words) {
                out.writeShort(word);
            }
        }
    }

    // ---------------------------------------------------------------- ends

    /**
     * Adds a line every 50 ms until there is a gate, and whatever interrupts come.
     *
     * @param most after so many milliseconds it ends by itself, so that nothing is left should all else fail
     */
    static String beating(String marks, String gate, long most) {
        long end = System.nanoTime() + most * 1_000_000;
        while (!Files.exists(Path.of(gate)) && System.nanoTime() < end) {
            new Marks(Path.of(marks)).add("beat");
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                // On purpose: it goes on.
            }
        }
        new Marks(Path.of(marks)).add("end");
        return "ended";
    }

    /** Waits until there is a gate, or for an interrupt. */
    static String waiting(String marks, String gate, long most) throws InterruptedException {
        long end = System.nanoTime() + most * 1_000_000;
        new Marks(Path.of(marks)).add("began");
        while (!Files.exists(Path.of(gate)) && System.nanoTime() < end) {
            Thread.sleep(25);
        }
        new Marks(Path.of(marks)).add("end");
        return "ended";
    }

    /** Takes memory, and keeps it while it takes more. */
    static int taking(int mebibytes) {
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < mebibytes; i += 8) {
            byte[] part = new byte[8 << 20];
            Arrays.fill(part, (byte) 1);
            all.add(part);
        }
        return Collections.unmodifiableList(all).size();
    }

    /** Ends this process by a signal. */
    static int killed() throws Exception {
        Process kill = new ProcessBuilder(
                        "kill", "-9", Long.toString(ProcessHandle.current().pid()))
                .start();
        kill.waitFor();
        Thread.sleep(60_000);
        throw new IllegalStateException("still alive");
    }
}

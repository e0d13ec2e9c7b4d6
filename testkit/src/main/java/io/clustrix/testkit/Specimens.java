package io.clustrix.testkit;

import io.clustrix.spi.RemoteFunction;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values that a serializer must carry, and some that it can't. */
final class Specimens {
    private static final int LARGE = 3_000_000;

    private Specimens() {}

    /** A record of a user's. */
    record Point(int x, @Nullable String label, List<Integer> more) implements Serializable {}

    /** An enum with bodies. */
    enum Operator {
        PLUS {
            @Override
            int of(int a, int b) {
                return a + b;
            }
        },
        MINUS {
            @Override
            int of(int a, int b) {
                return a - b;
            }
        };

        abstract int of(int a, int b);
    }

    /** An object that knows another one, which may be itself. */
    static final class Node implements Serializable {
        private static final long serialVersionUID = 1L;

        final int number;

        @Nullable
        Node next;

        Node(int number) {
            this.number = number;
        }
    }

    /** Has a hook that throws. */
    static final class Unwilling implements Serializable {
        private static final long serialVersionUID = 1L;

        final int number = 1;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeInt(number);
            throw new IllegalStateException("not me");
        }
    }

    /** Leaves a trace when it is initialized: a system property. */
    static final class Tripwire implements Serializable {
        private static final long serialVersionUID = 1L;
        static final String PROPERTY = "clustrix.testkit.tripwire";

        static {
            System.setProperty(PROPERTY, "initialized");
        }

        final int number = 7;
    }

    /** An exception of a user's. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final int code;

        Failure(String message, Throwable cause, int code) {
            super(message, cause);
            this.code = code;
        }
    }

    /** Values that arrive equal, by what they are. */
    static Map<String, @Nullable Object> equal() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("null", null);
        List<Object> boxes = List.of(
                true, (byte) -1, (short) 300, 'x', 1, -1L, 1.5f, Double.NaN, Integer.MIN_VALUE, Long.MAX_VALUE, -0.0);
        boxes.forEach(b -> all.put(b.getClass().getSimpleName() + " " + b, b));
        all.put("an empty text", "");
        all.put("a text with surrogates, alone and in pairs", "a\ud83d\ude00\ud83d z\u0000\uffff\u00e9");
        all.put("a text of " + LARGE + " characters", "x\u65e5\u00e9".repeat(LARGE / 3));
        all.put("arrays of primitives", new Object[] {
            new boolean[] {true, false},
            new byte[] {1, -1},
            new short[] {2},
            new char[] {'c'},
            new int[] {Integer.MAX_VALUE, 0, -1},
            new long[] {Long.MIN_VALUE},
            new float[] {Float.MIN_VALUE},
            new double[0]
        });
        all.put("arrays of arrays", new int[][] {{1}, {}, {2, 3}});
        all.put("an array with null", new @Nullable String[] {null, "x"});
        all.put("a large array", new byte[LARGE]);
        all.put(
                "lists",
                Arrays.asList(
                        new ArrayList<>(List.of(1, 2)),
                        List.of(),
                        List.of(1, 2, 3),
                        Arrays.asList("x", null),
                        Collections.emptyList(),
                        Collections.unmodifiableList(new ArrayList<>(List.of(1)))));
        all.put(
                "sets",
                List.of(
                        Set.of("a", "b"),
                        new LinkedHashSet<>(List.of(3, 1, 2)),
                        new TreeSet<>(Set.of(2, 1)),
                        EnumSet.of(DayOfWeek.MONDAY),
                        EnumSet.noneOf(DayOfWeek.class)));
        Map<String, @Nullable Object> map = new HashMap<>();
        map.put("k", null);
        map.put("nested", Map.of(1, List.of("x")));
        all.put(
                "maps",
                List.of(
                        map,
                        Map.of(),
                        new TreeMap<>(Map.of("b", 2, "a", 1)),
                        new LinkedHashMap<>(Map.of(1, 2)),
                        new EnumMap<>(Map.of(DayOfWeek.SUNDAY, "free"))));
        all.put(
                "values of the JDK",
                List.of(
                        Optional.of("x"),
                        OptionalInt.empty(),
                        new BigInteger("123456789012345678901234567890"),
                        new BigDecimal("1.10"),
                        UUID.fromString("00000000-0000-0001-0000-000000000002"),
                        Instant.ofEpochSecond(1, 2),
                        Duration.ofMillis(3),
                        LocalDate.of(2026, 11, 22),
                        ZonedDateTime.of(2026, 3, 29, 3, 0, 0, 0, ZoneId.of("Europe/Berlin")),
                        URI.create("https://example.org/x?y"),
                        Locale.GERMANY,
                        BitSet.valueOf(new long[] {5}),
                        String.class,
                        int.class,
                        int[].class));
        all.put(
                "records",
                List.of(new Point(1, "p", List.of(1)), new Point(2, null, new ArrayList<>(Arrays.asList(1, null)))));
        all.put("enums, with bodies too", List.of(DayOfWeek.FRIDAY, Operator.PLUS, Operator.MINUS));
        return all;
    }

    static Throwable failure() {
        Failure failure = new Failure("outer", new IOException("inner", new Error("innermost")), 42);
        failure.addSuppressed(new IllegalArgumentException("beside"));
        return failure;
    }

    static Node ring() {
        Node first = new Node(1);
        first.next = new Node(2);
        first.next.next = first;
        return first;
    }

    static Node chain(int length) {
        Node first = new Node(0);
        Node last = first;
        for (int i = 1; i < length; i++) {
            Node next = new Node(i);
            last.next = next;
            last = next;
        }
        return first;
    }

    static RemoteFunction<Integer, String> lambda(int captured, List<String> words) {
        return i -> words.get(0) + (i + captured);
    }

    static RemoteFunction<String, Integer> methodReference() {
        return Integer::parseInt;
    }
}

package io.clustrix.internal.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Who has the lock of a run directory, as somebody sees it who only looks: {@link RunLock} takes it.
 *
 * @param kind what is known of the holder
 * @param holder who that is, for messages; empty if there is none
 * @param silent how long ago it gave its last sign of life
 */
public record LockState(Kind kind, String holder, Duration silent) {
    static final String PREFIX = "lock.";

    /** After which time without a sign of life a holder counts as dead. */
    static final Duration STALE = Duration.ofSeconds(60);

    /** What may be known of a holder. */
    public enum Kind {
        /** Nobody has ever had it. */
        NONE,
        /** It has given the lock back. */
        RELEASED,
        /** It lives, as far as can be seen. */
        ALIVE,
        /** It is dead, or has been silent for so long that it counts as dead. */
        DEAD
    }

    /**
     * Looks. Writes nothing, so of a holder on another machine whose clock differs it may be told wrongly whether it
     * lives.
     *
     * @throws IOException if the directory can't be read
     */
    public static LockState of(Path directory) throws IOException {
        for (int i = 0; ; i++) {
            SortedMap<Long, Path> numbers = numbers(directory);
            if (numbers.isEmpty()) {
                return new LockState(Kind.NONE, "", Duration.ZERO);
            }
            Path present = numbers.get(numbers.lastKey());
            try {
                return of(present == null ? directory : present, LockHolder.self());
            } catch (NoSuchFileException e) {
                if (i == 3) { // several in a row have just taken it over
                    throw e;
                }
            }
        }
    }

    private static LockState of(Path present, LockHolder self) throws IOException {
        LockHolder holder = LockHolder.parse(Files.readAllLines(present));
        Duration silent = Duration.between(Files.getLastModifiedTime(present).toInstant(), Instant.now());
        silent = silent.isNegative() ? Duration.ZERO : silent;
        boolean stale = silent.compareTo(STALE) > 0;
        if (holder == null) {
            return new LockState(stale ? Kind.DEAD : Kind.ALIVE, "", silent);
        }
        if (holder.released()) {
            return new LockState(Kind.RELEASED, holder.described(), silent);
        }
        // One that can be seen to live may have been suspended.
        boolean visible = holder.place().equals(self.place());
        boolean dead = holder.isDead(self) || (stale && !visible);
        return new LockState(dead ? Kind.DEAD : Kind.ALIVE, holder.described(), silent);
    }

    static SortedMap<Long, Path> numbers(Path directory) throws IOException {
        SortedMap<Long, Path> numbers = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> {
                String name = file.getFileName().toString();
                if (name.matches("lock\\.[0-9]{1,18}")) {
                    numbers.put(Long.parseLong(name.substring(PREFIX.length())), file);
                }
            });
        }
        return numbers;
    }
}

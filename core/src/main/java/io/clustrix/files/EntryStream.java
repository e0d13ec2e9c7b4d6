package io.clustrix.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads records as the scripts write them (see {@code begin.sh}) while they come, and hands each over. What the
 * receiver throws is kept, as it must reach the caller as it is. Not thread-safe.
 */
final class EntryStream extends OutputStream {
    private static final int LONGEST_FIELD = 1 << 16;
    private static final int FIELDS = 3;

    private final Consumer<FileEntry> receiver;
    private final ByteArrayOutputStream field = new ByteArrayOutputStream();
    private final String[] fields = new String[FIELDS];
    private int known;
    private @Nullable RuntimeException failure;

    /**
     * For one command.
     *
     * @param receiver is given entries whose paths are those that find has printed, without {@code ./}
     */
    EntryStream(Consumer<FileEntry> receiver) {
        this.receiver = receiver;
    }

    /** What the receiver threw, if it did. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether nothing is left of a record that is not whole. */
    boolean isWhole() {
        return known == 0 && field.size() == 0;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        int from = offset;
        for (int i = offset; i < offset + length; i++) {
            if (data[i] == 0) {
                field.write(data, from, i - from);
                from = i + 1;
                take(PathText.decoded(field.toByteArray()));
                field.reset();
            }
        }
        field.write(data, from, offset + length - from);
        if (field.size() > LONGEST_FIELD) {
            throw new IOException("the answer is no list of files");
        }
    }

    private void take(String text) throws IOException {
        fields[known++] = text;
        if (known < FIELDS) {
            return;
        }
        known = 0;
        FileEntry entry;
        try {
            entry = entry(fields[0], fields[1], fields[2]);
        } catch (IllegalArgumentException e) {
            throw new IOException("the answer is no list of files: " + PathText.shown(fields[0]), e);
        }
        try {
            receiver.accept(entry);
        } catch (RuntimeException e) {
            failure = e;
            throw new IOException("who takes the files does not go on", e);
        }
    }

    private static FileEntry entry(String info, String path, String target) {
        String[] parts = info.split("/", -1);
        FileEntry.Type type;
        int mode;
        switch (parts[0]) {
            case "x", "o" -> {
                if (parts.length != 8) {
                    throw new IllegalArgumentException(info);
                }
                int raw = Integer.parseInt(parts[1], parts[0].equals("x") ? 16 : 8);
                type = type(raw);
                mode = raw & 07777;
                // Some of them have a word in place of a name that is missing.
                parts[4] = named(parts[4], parts[6]);
                parts[5] = named(parts[5], parts[7]);
            }
            default -> {
                if (parts.length != 6) {
                    throw new IllegalArgumentException(info);
                }
                type = type(parts[0]);
                mode = Integer.parseInt(parts[1], 8);
            }
        }
        return new FileEntry(
                path.startsWith("./") ? path.substring(2) : path,
                type,
                Long.parseLong(parts[2]),
                time(parts[3]),
                mode,
                parts[4],
                parts[5],
                type == FileEntry.Type.SYMLINK ? Optional.of(target) : Optional.empty());
    }

    private static String named(String name, String number) {
        return name.isEmpty() || name.equals("UNKNOWN") ? number : name;
    }

    private static FileEntry.Type type(String letter) {
        return switch (letter) {
            case "f" -> FileEntry.Type.FILE;
            case "d" -> FileEntry.Type.DIRECTORY;
            case "l" -> FileEntry.Type.SYMLINK;
            default -> FileEntry.Type.OTHER;
        };
    }

    private static FileEntry.Type type(int raw) {
        return switch (raw & 0170000) {
            case 0100000 -> FileEntry.Type.FILE;
            case 0040000 -> FileEntry.Type.DIRECTORY;
            case 0120000 -> FileEntry.Type.SYMLINK;
            default -> FileEntry.Type.OTHER;
        };
    }

    /** Seconds, with or without a fraction. */
    private static Instant time(String seconds) {
        BigDecimal value = new BigDecimal(seconds);
        long whole = value.setScale(0, java.math.RoundingMode.FLOOR).longValueExact();
        long nanos = value.subtract(BigDecimal.valueOf(whole)).movePointRight(9).longValue();
        return Instant.ofEpochSecond(whole, nanos);
    }
}

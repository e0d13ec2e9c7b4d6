package io.clustrix.internal.staging;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 sums that are known, in memory and in a file that several processes append to. A line is {@code KEY SHA256
 * SIZE CHECK}; a line whose check does not fit (torn, or two processes within each other) is passed over, and so is
 * what can't be written: all of it can be found out again. Thread-safe.
 */
public final class Digests {
    private static final long LARGEST = 8 << 20;
    private static final int CHUNK = 128 << 10;

    private final Path file;
    private final Map<String, Digest> known = new ConcurrentHashMap<>();

    /** The sum and the length of something. */
    record Digest(String sha256, long size) {}

    Digests(Path file) {
        this.file = file;
        try {
            if (Files.exists(file)) {
                if (Files.size(file) > LARGEST) {
                    Files.delete(file);
                } else {
                    new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                            .lines()
                            .forEach(this::read);
                }
            }
        } catch (IOException e) {
            // All of it can be found out again.
        }
    }

    private void read(String line) {
        int last = line.lastIndexOf(' ');
        String[] fields = line.split(" ", -1);
        if (fields.length == 4
                && fields[0].length() == 64
                && fields[1].length() == 64
                && check(line.substring(0, last)).equals(fields[3])) {
            known.put(fields[0], new Digest(fields[1], Long.parseLong(fields[2])));
        }
    }

    private static String check(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return Long.toHexString(crc.getValue());
    }

    @Nullable
    Digest find(String key) {
        return known.get(key);
    }

    void add(Map<String, Digest> found) {
        if (found.isEmpty()) {
            return;
        }
        known.putAll(found);
        // Starts with an end of line, because the one before may be torn.
        StringBuilder lines = new StringBuilder("\n");
        found.forEach((key, digest) -> {
            String line = key + " " + digest.sha256() + " " + digest.size();
            lines.append(line).append(' ').append(check(line)).append('\n');
        });
        try {
            Files.write(
                    file,
                    lines.toString().getBytes(StandardCharsets.ISO_8859_1),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // A full disk: the next process does the same work again.
        }
    }

    /** The sum of texts, each ended by a NUL. */
    static String key(Collection<String> parts) {
        MessageDigest digest = sha256();
        for (String part : parts) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Reads a file and tells its sum.
     *
     * @throws InterruptedException if this thread was interrupted
     */
    static Digest of(Path file) throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        long size = 0;
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                digest.update(chunk, 0, n);
                size += n;
            }
        } catch (ClosedByInterruptException e) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return new Digest(HexFormat.of().formatHex(digest.digest()), size);
    }

    /** A fresh digest. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException("every Java has SHA-256", e));
        }
    }
}

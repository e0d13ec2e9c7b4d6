package io.clustrix.host.ssh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files with the keys of known hosts, see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. (sshj's own reader takes {@code a,!b}
 * as "a, or anything but b", and so would believe a key for hosts that it was never written down for.)
 */
final class KnownHosts {
    private static final Logger LOG = LoggerFactory.getLogger(KnownHosts.class);

    private final List<Path> files;

    KnownHosts(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** A line that is about the host. */
    static final class Entry {
        private final String place;
        private final boolean revoked;
        private final String type;
        private final byte[] key;

        private Entry(String place, boolean revoked, String type, byte[] key) {
            this.place = place;
            this.revoked = revoked;
            this.type = type;
            this.key = key;
        }

        /** File and line. */
        String place() {
            return place;
        }

        boolean revoked() {
            return revoked;
        }

        String type() {
            return type;
        }

        String fingerprint() {
            return KnownHosts.fingerprint(key);
        }

        boolean is(byte[] other) {
            return MessageDigest.isEqual(key, other);
        }
    }

    /** What there is about a host; the files are read at each call. */
    List<Entry> about(String name) throws IOException {
        List<Entry> result = new ArrayList<>();
        for (Path file : files) {
            List<String> lines;
            try {
                lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
            } catch (NoSuchFileException e) {
                continue;
            }
            for (int i = 0; i < lines.size(); i++) {
                entry(lines.get(i).strip(), file + ":" + (i + 1), name).ifPresent(result::add);
            }
        }
        return result;
    }

    private static Optional<Entry> entry(String line, String place, String name) {
        if (line.isEmpty() || line.startsWith("#")) {
            return Optional.empty();
        }
        String[] words = line.split("\\s+", -1);
        String marker = words[0].startsWith("@") ? words[0] : "";
        int at = marker.isEmpty() ? 0 : 1;
        if (words.length < at + 3 || !names(words[at], name)) {
            return Optional.empty();
        }
        if (marker.equals("@cert-authority")) {
            LOG.warn("{}: certificates of hosts are not supported; the line is ignored", place);
            return Optional.empty();
        }
        if (!marker.isEmpty() && !marker.equals("@revoked")) {
            LOG.warn("{}: unknown marker {}; the line is ignored", place, marker);
            return Optional.empty();
        }
        try {
            byte[] key = Base64.getDecoder().decode(words[at + 2]);
            return Optional.of(new Entry(place, !marker.isEmpty(), words[at + 1], key));
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: the key is not in Base64; the line is ignored", place);
            return Optional.empty();
        }
    }

    private static boolean names(String patterns, String name) {
        return patterns.startsWith("|")
                ? isHashOf(patterns, name)
                : SshConfig.matches(List.of(patterns.toLowerCase(Locale.ROOT).split(",", -1)), name);
    }

    private static boolean isHashOf(String hashed, String name) {
        String[] parts = hashed.split("\\|", -1);
        if (parts.length != 4 || !parts[1].equals("1")) {
            return false;
        }
        try {
            Mac hmac = Mac.getInstance("HmacSHA1");
            hmac.init(new SecretKeySpec(Base64.getDecoder().decode(parts[2]), "HmacSHA1"));
            byte[] expected = Base64.getDecoder().decode(parts[3]);
            return MessageDigest.isEqual(expected, hmac.doFinal(name.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    /** How a host with its port is written there. */
    static String name(String host, int port) {
        return port == 22 ? host : "[" + host + "]:" + port;
    }

    /** {@code SHA256:...}, as ssh and ssh-keygen show it. */
    static String fingerprint(byte[] key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a key into the first of the files, which is made if need be, readable by its owner only. */
    void add(String name, String type, byte[] key) throws IOException {
        if (files.isEmpty()) {
            return;
        }
        Path file = files.get(0);
        Path directory = file.getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        byte[] there = Files.readAllBytes(file);
        String line = (there.length > 0 && there[there.length - 1] != '\n' ? "\n" : "") + name + " " + type + " "
                + Base64.getEncoder().encodeToString(key) + "\n";
        // One write of a whole line at the end: others may be adding to it at the same time.
        Files.write(
                file,
                line.getBytes(StandardCharsets.US_ASCII),
                Set.of(StandardOpenOption.APPEND).toArray(new StandardOpenOption[0]));
    }

    /** The type that a key says it has. */
    static String type(byte[] key) {
        int length = key.length < 4 ? 0 : ((key[2] & 0xff) << 8) | (key[3] & 0xff);
        return new String(Arrays.copyOfRange(key, 4, Math.min(key.length, 4 + length)), StandardCharsets.US_ASCII);
    }
}

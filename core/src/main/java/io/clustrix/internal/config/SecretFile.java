package io.clustrix.internal.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Locale;

/**
 * A secret that a configuration names by the file it lies in: {@code password { file =
 * "~/.config/clustrix/hpc.password" }}.
 */
final class SecretFile {
    private static final int LONGEST = 64 * 1024;

    private SecretFile() {}

    /** Why a literal is refused and what to write instead. */
    static String refusal(String path) {
        String key = path.substring(path.lastIndexOf('.') + 1);
        String variable = path.replaceFirst("^clustrix\\.(clusters\\.|executors\\.)?", "")
                .replaceAll("[^A-Za-z0-9]", "_")
                .toUpperCase(Locale.ROOT);
        return "a secret must not be written in a file; write\n"
                + key + " = ${?" + variable + "}   and set that environment variable, or\n"
                + key + " { file = \"~/.config/clustrix/" + variable.toLowerCase(Locale.ROOT)
                + "\" }   and put it there, readable by you alone";
    }

    /**
     * The secret that a block refers to.
     *
     * @param opened whether to read the file; if not, the block is checked and the secret is of no use
     * @throws IllegalArgumentException if the block is not of that form or the file can't be used
     */
    static Secret secret(ConfigObject block, Surroundings surroundings, boolean opened) {
        ConfigValue file = block.get("file");
        if (file == null || block.size() != 1 || file.valueType() != ConfigValueType.STRING) {
            throw new IllegalArgumentException("must be a secret by reference: ${?VARIABLE} or { file = \"/a/path\" }");
        }
        Path path = surroundings.path((String) file.unwrapped());
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(
                    "the secret's file '" + path + "' must be an absolute path or begin with ~/");
        }
        return opened ? read(path) : Secret.of(Sensitive.MASK);
    }

    private static Secret read(Path path) {
        byte[] bytes;
        try {
            if (!Files.isRegularFile(path)) {
                throw new IllegalArgumentException(
                        "the secret's file " + path + (Files.exists(path) ? " is no regular file" : " does not exist"));
            }
            refuseShared(path);
            try (InputStream in = Files.newInputStream(path)) {
                bytes = in.readNBytes(LONGEST + 1);
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("the secret's file " + path + " can't be read: " + e, e);
        }
        try {
            if (bytes.length > LONGEST) {
                throw new IllegalArgumentException(
                        "the secret's file " + path + " has more than " + LONGEST + " bytes");
            }
            return decoded(path, bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static void refuseShared(Path path) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        String permissions = PosixFilePermissions.toString(view.readAttributes().permissions());
        if (!permissions.endsWith("------")) {
            throw new IllegalArgumentException(
                    "the secret's file " + path + " is open to others (" + permissions + "); run: chmod 600 " + path);
        }
    }

    private static Secret decoded(Path path, byte[] bytes) {
        CharBuffer chars;
        try {
            chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the secret's file " + path + " is not UTF-8 text", e);
        }
        int end = chars.length();
        // Editors and echo end a file with a line break that is not meant.
        while (end > 0 && (chars.charAt(end - 1) == '\n' || chars.charAt(end - 1) == '\r')) {
            end--;
        }
        if (end == 0) {
            throw new IllegalArgumentException("the secret's file " + path + " is empty");
        }
        char[] content = new char[end];
        chars.get(0, content);
        try {
            return Secret.of(content);
        } finally {
            Arrays.fill(content, '\0');
            if (chars.hasArray()) {
                Arrays.fill(chars.array(), '\0');
            }
        }
    }
}

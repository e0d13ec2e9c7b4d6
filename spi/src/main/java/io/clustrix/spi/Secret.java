package io.clustrix.spi;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A password, token or passphrase: a value that prints as {@code ***} wherever it turns up (requirement W-F).
 *
 * <p>A component of this type in a plugin's settings record is filled by core only from the environment, from a private
 * file or from code, never from what stands in a configuration file. Neither hash code nor comparison tells anything
 * about the content, and it does not travel: the JDK's serialization refuses it and Kryo leaves the content out.
 */
public final class Secret {

    // Kryo would ship any field that is not transient, silently, with whatever object a task happens to capture.
    private final transient char @Nullable [] content;

    private Secret(char[] content) {
        this.content = content;
    }

    /**
     * Keeps a copy.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public static Secret of(char[] content) {
        if (content.length == 0) {
            throw new IllegalArgumentException("a secret must not be empty");
        }
        return new Secret(content.clone());
    }

    /**
     * Keeps a copy.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public static Secret of(String content) {
        return of(content.toCharArray());
    }

    /**
     * The content, a fresh copy that the caller should {@linkplain Arrays#fill(char[], char) overwrite} after use.
     *
     * @throws IllegalStateException if this is what is left of a secret on another machine
     */
    public char[] reveal() {
        return content().clone();
    }

    /**
     * The content as text, for interfaces that take nothing else; it can't be overwritten after use.
     *
     * @throws IllegalStateException if this is what is left of a secret on another machine
     */
    public String revealText() {
        return new String(content());
    }

    private char[] content() {
        if (content == null) {
            throw new IllegalStateException(
                    "a secret is not shipped to a worker; read it there, from a file or a variable");
        }
        return content;
    }

    /** Whether both have the same content; how long it takes does not depend on where they differ. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret that && MessageDigest.isEqual(bytes(), that.bytes());
    }

    private byte[] bytes() {
        if (content == null) {
            return new byte[0];
        }
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(content));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    /** The same for all secrets: a hash code ends up in logs and is the start of guessing. */
    @Override
    public int hashCode() {
        return 0;
    }

    /** {@code ***}. */
    @Override
    public String toString() {
        return "***";
    }
}

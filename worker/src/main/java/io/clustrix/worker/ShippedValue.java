package io.clustrix.worker;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * A value with the classes that it needs and no class path has, because they were defined in a JShell or a notebook.
 *
 * <p>It has bytes only, so that a worker can make the class loader before it reads the value.
 */
public final class ShippedValue implements Serializable {
    private static final long serialVersionUID = 1L;

    private final byte[] classes;
    private final byte[] variables;
    private final byte[] value;

    /**
     * A value.
     *
     * @param classes class files by the classes' names
     * @param variables static fields that are not set by the classes themselves, as a serializer wrote them: an array
     *     of three for each, the name of its class, its name, and its value; empty if there are none
     * @param value the value, as the serializer wrote it
     */
    public ShippedValue(SortedMap<String, byte[]> classes, byte[] variables, byte[] value) {
        this.classes = packed(classes);
        this.variables = variables.clone();
        this.value = value.clone();
    }

    private static byte[] packed(SortedMap<String, byte[]> classes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(classes.size());
            for (Map.Entry<String, byte[]> c : classes.entrySet()) {
                out.writeUTF(c.getKey());
                out.writeInt(c.getValue().length);
                out.write(c.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array of bytes can't fail to be written", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The class files by the classes' names.
     *
     * @throws IOException if the bytes are cut
     */
    Map<String, byte[]> classes() throws IOException {
        Map<String, byte[]> read = new LinkedHashMap<>();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classes));
        for (int n = in.readInt(); n > 0; n--) {
            String name = in.readUTF();
            byte[] file = new byte[in.readInt()];
            in.readFully(file);
            read.put(name, file);
        }
        return read;
    }

    byte[] variables() {
        return variables;
    }

    byte[] value() {
        return value;
    }

    /** The same for the same classes with the same values of their variables. */
    String key() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(classes);
            digest.update(variables);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package io.clustrix.serializer.kryo;

import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerProvider;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The other JVM: writes all values to a file, or reads such a file and compares. Prints what is wrong, and a last line.
 */
final class Peer {

    private Peer() {}

    /** With {@code write} or {@code read}, and a directory. */
    public static void main(String[] args) throws Exception {
        int wrong = 0;
        int done = 0;
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            Path file = Path.of(args[1], provider.name());
            if (args[0].equals("write")) {
                try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
                    for (Values.Case c : Values.all()) {
                        if (provider.name().equals("kryo") || c.serializable()) {
                            byte[] bytes = Subjects.write(serializer, c.value());
                            out.writeUTF(c.name());
                            out.writeInt(bytes.length);
                            out.write(bytes);
                            done++;
                        }
                    }
                }
                continue;
            }
            try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                for (Values.Case c : Values.all()) {
                    if (provider.name().equals("kryo") || c.serializable()) {
                        String name = in.readUTF();
                        byte[] bytes = in.readNBytes(in.readInt());
                        done++;
                        String problem = problem(serializer, c, bytes);
                        if (!name.equals(c.name()) || !problem.isEmpty()) {
                            wrong++;
                            System.out.println(provider.name() + " " + name + ": " + problem);
                        }
                    }
                }
            }
        }
        System.out.println(wrong + " wrong of " + done);
    }

    private static String problem(Serializer serializer, Values.Case c, byte[] bytes) {
        try {
            Object actual = Subjects.read(serializer, bytes);
            return c.check().same(c.value(), actual) ? "" : "not the same: " + actual;
        } catch (Exception e) {
            return e.toString();
        }
    }
}

package io.clustrix.worker;

import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.SerializerOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a worker is told first.
 *
 * @param version the driver's {@link Wire#VERSION}
 * @param worker the worker's name
 * @param driver the driver's process id
 * @param serializerProvider the class name of the {@link io.clustrix.spi.SerializerProvider}
 * @param serializerOptions what the serializer is made with
 */
public record WorkerSetup(
        int version, String worker, long driver, String serializerProvider, SerializerOptions serializerOptions) {

    /** As bytes. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(version);
            out.writeUTF(worker);
            out.writeLong(driver);
            out.writeUTF(serializerProvider);
            write(serializerOptions, out);
        } catch (IOException e) {
            throw new IllegalArgumentException("a name is longer than 65,535 bytes", e);
        }
        return bytes.toByteArray();
    }

    static void write(SerializerOptions options, DataOutputStream out) throws IOException {
        Bytes.writeText(options.filter(), out);
        out.writeInt(options.properties().size());
        for (Map.Entry<String, String> e : options.properties().entrySet()) {
            Bytes.writeText(e.getKey(), out);
            Bytes.writeText(e.getValue(), out);
        }
    }

    static SerializerOptions readOptions(DataInputStream in) throws IOException {
        String filter = String.valueOf(Bytes.readText(in));
        Map<String, String> properties = new TreeMap<>();
        for (int i = in.readInt(); i > 0; i--) {
            properties.put(String.valueOf(Bytes.readText(in)), String.valueOf(Bytes.readText(in)));
        }
        return new SerializerOptions(filter, properties);
    }

    static WorkerSetup fromBytes(byte[] bytes, int offset, int length) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, offset, length));
        int version = in.readInt();
        if (version != Wire.VERSION) {
            throw new IOException("the driver speaks version " + version + " of the protocol, this worker "
                    + Wire.VERSION + "; use the same version of all Clustrix modules");
        }
        String worker = in.readUTF();
        long driver = in.readLong();
        String provider = in.readUTF();
        return new WorkerSetup(version, worker, driver, provider, readOptions(in));
    }

    /** What this JVM is, as the payload of {@link Wire#READY}; name, machine and process id are known to the driver. */
    static byte[] describeRuntime() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(javaVersion());
            out.writeUTF(System.getProperty("java.vendor", ""));
            out.writeUTF(os());
        } catch (IOException e) {
            throw new IllegalStateException("a system property is longer than 65,535 bytes", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads the payload of {@link Wire#READY}.
     *
     * @throws IOException if it is cut
     */
    public static RuntimeReport runtime(byte[] bytes, int length, String worker, String host, long pid)
            throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, length));
        return new RuntimeReport(worker, host, pid, in.readUTF(), in.readUTF(), in.readUTF());
    }

    /** What the JVM is that this is called in. */
    public static RuntimeReport thisRuntime(String worker, String host) {
        return thisRuntime(worker, host, ProcessHandle.current().pid());
    }

    static RuntimeReport thisRuntime(String worker, String host, long pid) {
        return new RuntimeReport(worker, host, pid, javaVersion(), System.getProperty("java.vendor", ""), os());
    }

    /** As {@link Runtime#version} has it, but without the streams that it uses. */
    static String javaVersion() {
        return System.getProperty("java.runtime.version", System.getProperty("java.version", ""));
    }

    private static String os() {
        return System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
    }
}

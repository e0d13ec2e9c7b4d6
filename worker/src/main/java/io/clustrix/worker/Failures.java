package io.clustrix.worker;

import io.clustrix.spi.RemoteTaskException;
import io.clustrix.spi.ThrowableData;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Exceptions on their way from a worker to its driver: always as data, and as the object too where the serializer can
 * (requirements W-C2, R53). The data is written by hand, so that it gets through whatever is wrong with the object, the
 * serializer or the class path.
 */
public final class Failures {

    /** Reads a value that the worker's serializer wrote. */
    @FunctionalInterface
    public interface Decoder {
        /** The value in the envelope at this place. */
        @Nullable
        Object decode(byte[] bytes, int offset, int length);
    }

    private Failures() {}

    /** Writes the data of an exception, and the object's envelope if there is one. */
    static void write(ThrowableData data, byte @Nullable [] object, ByteSink out) {
        try (DataOutputStream d = new DataOutputStream(out)) {
            d.writeInt(object == null ? 0 : object.length);
            if (object != null) {
                d.write(object);
            }
            write(data, d);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
    }

    private static void write(ThrowableData data, DataOutputStream out) throws IOException {
        Bytes.writeText(data.className(), out);
        Bytes.writeText(data.message(), out);
        out.writeInt(data.trace().size());
        for (StackTraceElement e : data.trace()) {
            Bytes.writeText(e.getClassLoaderName(), out);
            Bytes.writeText(e.getModuleName(), out);
            Bytes.writeText(e.getModuleVersion(), out);
            Bytes.writeText(e.getClassName(), out);
            Bytes.writeText(e.getMethodName(), out);
            Bytes.writeText(e.getFileName(), out);
            out.writeInt(e.getLineNumber());
        }
        out.writeBoolean(data.cause() != null);
        if (data.cause() != null) {
            write(data.cause(), out);
        }
        out.writeInt(data.suppressed().size());
        for (ThrowableData s : data.suppressed()) {
            write(s, out);
        }
    }

    /**
     * Rebuilds the exception: the object itself, or else a {@link RemoteTaskException} that looks like it and says why.
     *
     * @throws IOException if the bytes are cut
     */
    public static Throwable read(byte[] bytes, int length, Decoder decoder) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, length));
        int objectLength = in.readInt();
        if (objectLength < 0 || objectLength > length - 4) {
            throw new IOException("an exception of " + objectLength + " bytes in a record of " + length);
        }
        in.skipNBytes(objectLength);
        ThrowableData data = readData(in);
        if (objectLength == 0) {
            return new RemoteTaskException(data, "the worker could not serialize it");
        }
        try {
            Object object = decoder.decode(bytes, 4, objectLength);
            return object instanceof Throwable t && t.getClass().getName().equals(data.className())
                    ? t
                    : new RemoteTaskException(data, "it came back as something else");
        } catch (RuntimeException | Error e) {
            return new RemoteTaskException(data, String.valueOf(e.getMessage()));
        }
    }

    private static ThrowableData readData(DataInputStream in) throws IOException {
        String className = String.valueOf(Bytes.readText(in));
        @Nullable String message = Bytes.readText(in);
        List<StackTraceElement> trace = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            trace.add(new StackTraceElement(
                    Bytes.readText(in),
                    Bytes.readText(in),
                    Bytes.readText(in),
                    String.valueOf(Bytes.readText(in)),
                    String.valueOf(Bytes.readText(in)),
                    Bytes.readText(in),
                    in.readInt()));
        }
        @Nullable ThrowableData cause = in.readBoolean() ? readData(in) : null;
        List<ThrowableData> suppressed = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            suppressed.add(readData(in));
        }
        return new ThrowableData(className, message, trace, cause, suppressed);
    }
}

package io.clustrix.internal.codec;

import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.MethodCall;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Tells which class-file level (61 for Java 17) a JVM must understand to load the class of a user's function. */
final class ClassFileLevels {
    private final ClassValue<Integer> levels = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            return read(type);
        }
    };

    /**
     * The level of a value's class; 0 if it makes no demand, as a class of the JDK, or its class file can't be found.
     */
    int of(@Nullable Object value) {
        int level = 0;
        Object inner = value;
        if (value instanceof CarriesFunction c) {
            level = levels.get(c.getClass());
            inner = c.carried();
        }
        if (inner instanceof MethodCall call) {
            level = Math.max(level, levels.get(MethodCall.class));
            inner = call.target();
        }
        return inner == null ? level : Math.max(level, levels.get(inner.getClass()));
    }

    @SuppressWarnings("ReferenceEquality") // there is one platform class loader
    private static int read(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        // A lambda's class has no file; it is a nest mate of the class that it was written in.
        Class<?> written = element.isHidden() ? element.getNestHost() : element;
        ClassLoader loader = written.getClassLoader();
        if (loader == null || loader == ClassLoader.getPlatformClassLoader() || written.isHidden()) {
            return 0;
        }
        try (InputStream in = loader.getResourceAsStream(written.getName().replace('.', '/') + ".class")) {
            if (in == null) {
                return 0;
            }
            DataInputStream data = new DataInputStream(in);
            data.skipNBytes(6);
            return data.readUnsignedShort();
        } catch (IOException e) {
            return 0; // only costs the clear message about a Java that is too old
        }
    }
}

package io.clustrix.serializer.kryo;

import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Tells whether a class takes part in its own serialization. */
final class SerializationHooks {

    private SerializationHooks() {}

    /**
     * Whether a {@link Serializable} class of the user or one above it has any of the members that JDK serialization
     * knows.
     */
    static boolean in(Class<?> type) {
        for (Class<?> c = type;
                c != null && Serializable.class.isAssignableFrom(c) && !Platform.owns(c);
                c = c.getSuperclass()) {
            if (hasMethod(c, "writeObject", ObjectOutputStream.class)
                    || hasMethod(c, "readObject", ObjectInputStream.class)
                    || hasMethod(c, "readObjectNoData", null)
                    || hasMethod(c, "writeReplace", null)
                    || hasMethod(c, "readResolve", null)
                    || hasField(c, "serialPersistentFields")) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasMethod(Class<?> type, String name, @Nullable Class<?> parameter) {
        try {
            Method found = parameter == null ? type.getDeclaredMethod(name) : type.getDeclaredMethod(name, parameter);
            return found.getDeclaringClass() == type;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private static boolean hasField(Class<?> type, String name) {
        try {
            return type.getDeclaredField(name).getDeclaringClass() == type;
        } catch (NoSuchFieldException e) {
            return false;
        }
    }
}

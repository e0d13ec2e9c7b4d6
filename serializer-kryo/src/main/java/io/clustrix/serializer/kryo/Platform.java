package io.clustrix.serializer.kryo;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

/** The classes of the JDK, whose fields are closed to reflection. */
final class Platform {

    private Platform() {}

    /** Whether a class is one of the JDK's. */
    static boolean owns(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null
                || loader.equals(ClassLoader.getPlatformClassLoader())
                || type.getName().startsWith("jdk.");
    }

    /**
     * Whether a class of the user extends one of the JDK that has fields of its own, which only JDK serialization
     * reaches.
     */
    static boolean hasStateAbove(Class<?> type) {
        for (Class<?> c = type.getSuperclass(); c != null; c = c.getSuperclass()) {
            if (owns(c) && !isStateless(c)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isStateless(Class<?> type) {
        return switch (type.getName()) {
            case "java.lang.Object",
                    "java.lang.Record",
                    "java.util.AbstractCollection",
                    "java.util.AbstractList", // a count of modifications
                    "java.util.AbstractSet",
                    "java.util.AbstractMap" -> // views, made when asked for
                true;
            default -> !hasField(type);
        };
    }

    private static boolean hasField(Class<?> type) {
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                return true;
            }
        }
        return false;
    }
}

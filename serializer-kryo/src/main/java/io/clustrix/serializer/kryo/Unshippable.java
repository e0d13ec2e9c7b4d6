package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** What belongs to its JVM and would arrive broken. */
final class Unshippable {

    private static final String MAKE_THERE =
            "make it inside the task, or keep it in a static field that is filled where the task runs";

    private Unshippable() {}

    /**
     * Refuses a class that is, extends or implements one that can't be shipped. What only implements an interface or is
     * a stream passes if it is {@link Serializable}: its author has thought of it, as those of many data sources have.
     */
    static void refuse(Class<?> type) {
        Class<?> culprit = find(type, isSerializableByChoice(type));
        if (culprit != null) {
            throw new SerializationException(
                    type.getName() + (culprit == type ? "" : ", a " + culprit.getName() + ",") + " can't be shipped: "
                            + reason(culprit.getName()),
                    MAKE_THERE);
        }
    }

    /** All proxies are serializable, which says nothing about what they stand for. */
    private static boolean isSerializableByChoice(Class<?> type) {
        return Serializable.class.isAssignableFrom(type) && type.getSuperclass() != Proxy.class;
    }

    private static @Nullable Class<?> find(@Nullable Class<?> type, boolean serializable) {
        if (type == null || type == Object.class) {
            return null;
        }
        boolean excused = serializable && (type.isInterface() || type.getName().startsWith("java.io."));
        if (!excused && reason(type.getName()) != null) {
            return type;
        }
        Class<?> culprit = find(type.getSuperclass(), serializable);
        if (culprit == null) {
            for (Class<?> i : type.getInterfaces()) {
                culprit = find(i, serializable);
                if (culprit != null) {
                    break;
                }
            }
        }
        return culprit;
    }

    /** By name, because some are in modules or libraries that need not be there. */
    private static @Nullable String reason(String name) {
        return switch (name) {
            case "java.lang.Thread", "java.lang.ThreadGroup", "java.lang.ThreadLocal", "java.util.Timer" ->
                "it belongs to a thread of its JVM";
            case "java.util.concurrent.Executor" -> "its threads belong to its JVM";
            case "java.lang.ClassLoader", "java.lang.Module", "java.lang.ModuleLayer" -> "it belongs to its JVM";
            case "java.lang.Process", "java.lang.ProcessHandle", "java.lang.Runtime", "java.lang.ProcessBuilder" ->
                "it belongs to its machine";
            case "java.io.InputStream",
                    "java.io.OutputStream",
                    "java.io.Reader",
                    "java.io.Writer",
                    "java.io.RandomAccessFile",
                    "java.io.FileDescriptor",
                    "java.io.Console",
                    "java.util.Scanner",
                    "java.nio.channels.Channel",
                    "java.nio.channels.FileLock",
                    "java.nio.channels.Selector",
                    "java.nio.file.FileSystem",
                    "java.nio.file.WatchService" -> "an open file or stream belongs to its JVM";
            case "java.net.Socket",
                    "java.net.ServerSocket",
                    "java.net.DatagramSocket",
                    "java.net.URLConnection",
                    "java.net.http.HttpClient" -> "a connection belongs to its JVM";
            case "java.sql.Connection",
                    "java.sql.Statement",
                    "java.sql.ResultSet",
                    "javax.sql.DataSource",
                    "jakarta.persistence.EntityManager",
                    "jakarta.persistence.EntityManagerFactory",
                    "javax.persistence.EntityManager",
                    "javax.persistence.EntityManagerFactory",
                    "org.hibernate.Session" -> "a connection to a database belongs to its JVM";
            case "java.lang.ref.Reference", "java.lang.ref.ReferenceQueue", "java.lang.ref.Cleaner" ->
                "it belongs to the garbage collector of its JVM";
            case "com.google.inject.Injector", "org.springframework.context.ApplicationContext" ->
                "it holds the whole application";
            default -> null;
        };
    }

    /** Refuses a class that the JVM or a library made at run time: the other side could not load it. */
    static void refuseWithoutFile(Class<?> type) {
        if (type.isHidden()) {
            throw withoutFile(type);
        }
        String name = type.getName();
        boolean suspect = name.contains("$$")
                || name.contains("$ByteBuddy$")
                || name.contains("$MockitoMock$")
                || name.contains("$HibernateProxy$")
                || isWithoutSource(type);
        ClassLoader loader = type.getClassLoader();
        if (suspect && loader != null && loader.getResource(name.replace('.', '/') + ".class") == null) {
            throw withoutFile(type);
        }
    }

    private static boolean isWithoutSource(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null;
    }

    private static SerializationException withoutFile(Class<?> type) {
        Class<?> original = type.getSuperclass();
        return new SerializationException(
                type.getName() + " was made at run time and has no class file that could be shipped",
                original == null || original == Object.class
                        ? "hand over an object of an ordinary class"
                        : "hand over an object of " + original.getName() + " itself");
    }

    /** For a lambda whose interface is not {@link Serializable}. */
    static SerializationException lambda(Class<?> type) {
        Class<?>[] interfaces = type.getInterfaces();
        String function = interfaces.length == 0 ? "its interface" : interfaces[0].getName();
        String simple = interfaces.length == 0 ? "Supplier<X>" : interfaces[0].getSimpleName();
        return new SerializationException(
                "the lambda or method reference " + type.getName() + " is not serializable, because " + function
                        + " does not extend java.io.Serializable",
                "declare " + simple + " to extend Serializable, or cast the lambda: (" + simple
                        + " & Serializable) () -> ...");
    }

    /** For a class of the JDK that is neither known nor {@link Serializable}. */
    static SerializationException ofPlatform(Class<?> type) {
        return new SerializationException(
                type.getName() + " is a class of the JDK that can't be shipped: it is not java.io.Serializable",
                MAKE_THERE);
    }
}

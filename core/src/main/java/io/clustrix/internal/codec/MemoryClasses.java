package io.clustrix.internal.codec;

import io.clustrix.spi.SerializationException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.security.CodeSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Tells which classes are on no class path, because a shell or a notebook defined them, and has the class files of
 * those whose class loader gives them. JShell's does, as resources of a URL of its own.
 */
final class MemoryClasses {
    private static final Set<String> OF_FILES = Set.of("file", "jar", "jrt");

    /** Where the file of a class is. */
    enum Place {
        /** Where a class path can have it. */
        CLASS_PATH,
        /** In memory, and its class loader gives it. */
        MEMORY,
        /** It was defined at run time, and nobody has the file. */
        NOWHERE
    }

    private final List<WeakReference<ClassLoader>> loaders = new CopyOnWriteArrayList<>();
    private final ClassValue<Place> places = new ClassValue<>() {
        @Override
        protected Place computeValue(Class<?> type) {
            Place place = find(type);
            if (place == Place.MEMORY) {
                note(type.getClassLoader());
            }
            return place;
        }
    };

    /** The class that has a file: of an array its elements', of a lambda that in which it was written. */
    static Class<?> written(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        return element.isHidden() ? element.getNestHost() : element;
    }

    /** Of a class, or of what its {@link #written} is. */
    Place place(Class<?> type) {
        return places.get(written(type));
    }

    /** Whether a class of a shell has been seen. */
    boolean any() {
        return !loaders.isEmpty();
    }

    /** The class loaders of shells' classes, the newest first. */
    List<ClassLoader> loaders() {
        return loaders.stream()
                .map(WeakReference::get)
                .filter(l -> l != null)
                .map(ClassLoader.class::cast)
                .toList();
    }

    private synchronized void note(@Nullable ClassLoader loader) {
        loaders.removeIf(l -> l.refersTo(null));
        if (loader != null && loaders.stream().noneMatch(l -> l.refersTo(loader))) {
            loaders.add(0, new WeakReference<>(loader));
        }
    }

    /**
     * The class file as it is now: a shell can give a class another one.
     *
     * @throws SerializationException if the class loader does not give it any more
     */
    static byte[] file(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        try (InputStream in = loader == null ? null : loader.getResourceAsStream(fileName(type))) {
            if (in != null) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new SerializationException(
                    "the class file of " + type.getName() + " can't be had from " + loader, List.of(), e);
        }
        throw new SerializationException("the class file of " + type.getName() + " can't be had from " + loader);
    }

    private static String fileName(Class<?> type) {
        return type.getName().replace('.', '/') + ".class";
    }

    private static Place find(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        if (type.isPrimitive()
                || loader == null
                || loader.equals(ClassLoader.getPlatformClassLoader())
                || loader.equals(ClassLoader.getSystemClassLoader())) {
            return Place.CLASS_PATH;
        }
        URL file = loader.getResource(fileName(type));
        if (file == null) {
            return Place.NOWHERE;
        }
        // A class loader of a container has URLs of its own as well, but says where the code comes from.
        CodeSource source = type.getProtectionDomain().getCodeSource();
        boolean placed = source != null && source.getLocation() != null;
        return placed || OF_FILES.contains(file.getProtocol()) ? Place.CLASS_PATH : Place.MEMORY;
    }
}

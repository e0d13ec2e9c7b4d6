package io.clustrix.worker;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The classes that came with a value. What the worker's class path has goes first, as a shell's classes were compiled
 * against it.
 */
final class ShippedClasses extends ClassLoader {
    private static final String SUFFIX = ".class";

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Set<String> assigned = ConcurrentHashMap.newKeySet();

    ShippedClasses(ClassLoader parent) {
        super("clustrix-shipped", parent);
    }

    /** Adds classes; those that are here stay as they are, since objects of them may be in use. */
    void add(Map<String, byte[]> classes) {
        classes.forEach(files::putIfAbsent);
    }

    /**
     * Sets static fields.
     *
     * @param variables three for each: the name of its class, its name, and its value
     * @param again whether those that were set before are set as well
     */
    void assign(@Nullable Object[] variables, boolean again) throws ReflectiveOperationException {
        for (int i = 0; i + 2 < variables.length; i += 3) {
            String owner = String.valueOf(variables[i]);
            String name = String.valueOf(variables[i + 1]);
            if (assigned.add(owner + "." + name) || again) {
                Field field = Class.forName(owner, true, this).getDeclaredField(name);
                field.setAccessible(true);
                field.set(null, variables[i + 2]);
            }
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] file = files.get(name);
        if (file == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, file, 0, file.length);
    }

    /** Class files too: serializers and error messages look for them. */
    @Override
    protected @Nullable URL findResource(String name) {
        if (!name.endsWith(SUFFIX)) {
            return null;
        }
        byte[] file =
                files.get(name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'));
        try {
            return file == null ? null : new URL(null, "clustrix-shipped:/" + name, new InMemory(file));
        } catch (MalformedURLException e) {
            return null; // the name of no class
        }
    }

    /** Opens one class file. */
    private static final class InMemory extends URLStreamHandler {
        private final byte[] file;

        InMemory(byte[] file) {
            this.file = file;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    // it is here
                }

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(file);
                }
            };
        }
    }
}

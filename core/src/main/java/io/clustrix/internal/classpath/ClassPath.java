package io.clustrix.internal.classpath;

import io.clustrix.spi.ConfigurationException;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The class path of this JVM as files that another JVM can be started with.
 *
 * <p>A jar that is nothing but a manifest, as Surefire and IDEs make them for long class paths, is left as it is: its
 * {@code Class-Path} works in the other JVM as well.
 */
public final class ClassPath {
    private ClassPath() {}

    /**
     * The entries of {@code java.class.path}, then those of the module path, then those that the class loaders from
     * this one up have and these two lack (a program that was started within Maven, for instance). Absolute; without
     * those that don't exist.
     *
     * @throws ConfigurationException if classes come from jars within a jar, or from somewhere that is no file
     */
    public static List<Path> of(@Nullable ClassLoader context) {
        return of(System.getProperty("java.class.path", ""), System.getProperty("jdk.module.path", ""), context);
    }

    static List<Path> of(String classPath, String modulePath, @Nullable ClassLoader context) {
        Set<Path> entries = new LinkedHashSet<>();
        for (String element : split(classPath)) {
            // "java -cp ''" means the working directory, and so does an empty element between separators.
            add(entries, element.isEmpty() ? "." : element);
        }
        for (String element : split(modulePath)) {
            if (!element.isEmpty()) {
                modules(entries, element);
            }
        }
        // Parents first: they are asked first for a class.
        Deque<URLClassLoader> chain = new ArrayDeque<>();
        for (ClassLoader c = context; c != null; c = c.getParent()) {
            if (c instanceof URLClassLoader u) {
                chain.push(u);
            }
        }
        for (URLClassLoader loader : chain) {
            for (URL url : loader.getURLs()) {
                add(entries, url, loader);
            }
        }
        return List.copyOf(entries);
    }

    private static List<String> split(String path) {
        return path.isEmpty() ? List.of() : List.of(path.split(File.pathSeparator, -1));
    }

    private static void add(Set<Path> entries, String element) {
        try {
            add(entries, Path.of(element));
        } catch (InvalidPathException e) {
            throw new ConfigurationException(
                    "the class path has an entry that is no path: '" + element + "'",
                    List.of("remove it from java.class.path"),
                    e);
        }
    }

    private static void add(Set<Path> entries, Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        if (Files.exists(absolute)) {
            entries.add(absolute);
        }
    }

    /** An entry of the module path is a module, or a directory of modules. */
    private static void modules(Set<Path> entries, String element) {
        Path path = Path.of(element);
        File[] inside = Files.isDirectory(path) && !Files.exists(path.resolve("module-info.class"))
                ? path.toFile().listFiles()
                : null;
        if (inside == null) {
            add(entries, path);
            return;
        }
        java.util.Arrays.sort(inside);
        for (File file : inside) {
            if (file.isDirectory() || file.getName().endsWith(".jar")) {
                add(entries, file.toPath());
            }
        }
    }

    private static void add(Set<Path> entries, URL url, ClassLoader loader) {
        String text = url.toString();
        if (text.startsWith("jar:file:") && text.indexOf("!/") == text.length() - 2) {
            try {
                add(entries, Path.of(new URI(text.substring("jar:".length(), text.length() - 2))));
                return;
            } catch (URISyntaxException | IllegalArgumentException e) {
                throw new ConfigurationException(
                        "class loader " + loader + " has classes from " + text + ", which is no valid URL",
                        List.of("encode the blanks and other special characters in it"),
                        e);
            }
        }
        if (url.getProtocol().equals("file")) {
            try {
                URI uri = url.toURI();
                add(entries, Path.of(uri));
            } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
                // URLs made by hand may hold blanks that are not encoded
                add(entries, url.getPath());
            }
            return;
        }
        if (text.contains("!/") || url.getProtocol().equals("jar")) {
            throw new ConfigurationException(
                    "the application's classes are in jars within a jar (" + url
                            + "), which no other JVM can be given as a" + " class path",
                    "start the application from an unpacked directory: java -Djarmode=tools -jar app.jar extract (Spring"
                            + " Boot 3.3 and newer), then java -jar app/app.jar",
                    "or build a flat jar (Maven Shade, Gradle Shadow)");
        }
        throw new ConfigurationException(
                "class loader " + loader + " has classes from " + url
                        + ", which is no file, so no other JVM can be given them",
                "put them into a jar or a directory on this machine");
    }
}

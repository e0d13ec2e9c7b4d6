package io.clustrix.internal.staging;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * What a jar's manifest adds to the class path.
 *
 * @param added files and directories that exist, in order
 * @param nothingElse whether the jar has nothing but the manifest
 */
record ManifestClassPath(List<Path> added, boolean nothingElse) {
    private static final ManifestClassPath NONE = new ManifestClassPath(List.of(), false);

    /** Reads it as the JVM does: what is no jar, no URL of a file, or not there, is passed over. */
    static ManifestClassPath of(Path jar) {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            Manifest manifest = file.getManifest();
            String value =
                    manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (value == null) {
                return NONE;
            }
            List<Path> added = new ArrayList<>();
            URI base = jar.toUri();
            for (StringTokenizer urls = new StringTokenizer(value); urls.hasMoreTokens(); ) {
                add(added, base, urls.nextToken());
            }
            boolean nothingElse =
                    file.stream().allMatch(e -> e.isDirectory() || e.getName().equalsIgnoreCase(JarFile.MANIFEST_NAME));
            return new ManifestClassPath(List.copyOf(added), nothingElse);
        } catch (IOException | SecurityException e) {
            return NONE;
        }
    }

    private static void add(List<Path> added, URI base, String url) {
        try {
            URI absolute = base.resolve(url);
            if ("file".equals(absolute.getScheme())) {
                Path path =
                        Path.of(new URI("file", null, absolute.getPath(), null)).normalize();
                if (Files.exists(path)) {
                    added.add(path);
                }
            }
        } catch (IllegalArgumentException | java.net.URISyntaxException | FileSystemNotFoundException e) {
            // The JVM passes over it too.
        }
    }
}

package io.clustrix.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** A class path as large applications have it; its content can't be compressed, and differs at each run. */
final class RandomJars {
    private RandomJars() {}

    static List<Path> write(Path directory, int jars, int bytesEach) throws IOException {
        Files.createDirectories(directory);
        Random random = new Random(System.nanoTime());
        byte[] content = new byte[bytesEach];
        List<Path> written = new ArrayList<>();
        for (int i = 0; i < jars; i++) {
            Path jar = directory.resolve("library-" + i + ".jar");
            random.nextBytes(content);
            try (OutputStream file = Files.newOutputStream(jar);
                    JarOutputStream out = new JarOutputStream(file)) {
                out.putNextEntry(new JarEntry("content-" + i + ".bin"));
                out.write(content);
                out.closeEntry();
            }
            written.add(jar);
        }
        return written;
    }
}

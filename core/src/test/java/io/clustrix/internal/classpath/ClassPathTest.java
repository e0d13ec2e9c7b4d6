package io.clustrix.internal.classpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassPathTest {
    /** In the locale "C" the JVM has no file names but ASCII. */
    private static final String LETTER =
            System.getProperty("sun.jnu.encoding", "").startsWith("UTF") ? "\u00fc" : "u";

    @TempDir
    private Path dir;

    private Path file(String name) throws IOException {
        return Files.write(dir.resolve(name), new byte[] {1});
    }

    @Test
    @DisplayName("entries are absolute, in order, once each; those that don't exist are skipped")
    void entries() throws IOException {
        Path a = file("a.jar");
        Path b = file("b with blank.jar");
        Path classes = Files.createDirectory(dir.resolve("classes"));
        String path = String.join(
                File.pathSeparator, b.toString(), "/no/such.jar", classes.toString(), a.toString(), b.toString());
        assertThat(ClassPath.of(path, "", null)).containsExactly(b, classes, a);
        assertThat(ClassPath.of(".", "", null))
                .containsExactly(Path.of("").toAbsolutePath().normalize());
        assertThat(ClassPath.of(a + File.pathSeparator, "", null))
                .containsExactly(a, Path.of("").toAbsolutePath().normalize());
    }

    @Test
    @DisplayName("a jar that is only a manifest with a Class-Path stays as it is")
    void manifestJar() throws IOException {
        Path jar = dir.resolve("surefirebooter.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, "a.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        assertThat(ClassPath.of(jar.toString(), "", null)).containsExactly(jar);
    }

    @Test
    @DisplayName("modules follow: single ones, and those in a directory of modules")
    void modulePath() throws IOException {
        Path a = file("a.jar");
        Path mods = Files.createDirectory(dir.resolve("mods"));
        Path m1 = Files.write(mods.resolve("m1.jar"), new byte[] {1});
        Path m2 = Files.createDirectory(mods.resolve("m2"));
        Files.write(mods.resolve("readme.txt"), new byte[] {1});
        Path exploded = Files.createDirectory(dir.resolve("exploded"));
        Files.write(exploded.resolve("module-info.class"), new byte[] {1});
        assertThat(ClassPath.of(a.toString(), mods + File.pathSeparator + exploded, null))
                .containsExactly(a, m1, m2, exploded);
    }

    @Test
    @DisplayName("what only a class loader knows of is added, parents first, as in a program that runs within Maven")
    void classLoaders() throws IOException {
        Path a = file("a.jar");
        Path b = file("b%20c " + LETTER + ".jar");
        Path c = file("c.jar");
        Path d = file("d.jar");
        try (URLClassLoader parent = new URLClassLoader(
                        new URL[] {b.toUri().toURL(), a.toUri().toURL()}, null);
                URLClassLoader child =
                        new URLClassLoader(new URL[] {c.toUri().toURL(), new URL("jar:" + d.toUri() + "!/")}, parent)) {
            assertThat(ClassPath.of(a.toString(), "", child)).containsExactly(a, b, c, d);
        }
    }

    @Test
    @DisplayName("jars within a jar, and URLs that are no files, are refused with what to do")
    void nestedJars() throws IOException {
        try (URLClassLoader boot = new URLClassLoader(
                List.of(new URL("jar:file:/app/app.jar!/BOOT-INF/lib/a.jar!/")).toArray(URL[]::new), null)) {
            assertThatThrownBy(() -> ClassPath.of("", "", boot))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("jars within a jar (jar:file:/app/app.jar!/BOOT-INF/lib/a.jar!/)")
                    .hasMessageContaining("-Djarmode=tools");
        }
        try (URLClassLoader web = new URLClassLoader(new URL[] {new URL("http://example.org/classes/")}, null)) {
            assertThatThrownBy(() -> ClassPath.of("", "", web))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("http://example.org/classes/")
                    .hasMessageContaining("which is no file");
        }
    }

    @Test
    void ofThisJvm() {
        assertThat(ClassPath.of(Thread.currentThread().getContextClassLoader()))
                .isNotEmpty()
                .allMatch(p -> p.isAbsolute() && Files.exists(p));
    }
}

package io.clustrix.internal.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.PluginException;
import io.clustrix.spi.Provider;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class PluginsTest {

    /** A kind of plugin for these tests. */
    public interface Tool extends Provider {}

    private record Given(String name) implements Tool {}

    @TempDir
    private Path dir;

    /** Compiles one class for each entry, body by name, and puts them with a services file into a jar. */
    private Path jar(String jar, Map<String, String> classes, String... services) throws IOException {
        Path sources = Files.createDirectories(dir.resolve(jar + "-src"));
        Path out = Files.createDirectories(dir.resolve(jar + "-out"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        for (Map.Entry<String, String> c : classes.entrySet()) {
            Path source = sources.resolve(c.getKey() + ".java");
            Files.writeString(
                    source,
                    "public class " + c.getKey() + " implements io.clustrix.internal.plugins.PluginsTest.Tool { "
                            + c.getValue() + " }");
            ByteArrayOutputStream errors = new ByteArrayOutputStream();
            int failed = compiler.run(
                    null,
                    null,
                    errors,
                    "-proc:none",
                    "-cp",
                    origin(Tool.class) + File.pathSeparator + origin(Provider.class),
                    "-d",
                    out.toString(),
                    source.toString());
            assertThat(failed).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        }
        Path file = dir.resolve(jar);
        try (JarOutputStream stream = new JarOutputStream(Files.newOutputStream(file))) {
            for (String c : classes.keySet()) {
                stream.putNextEntry(new JarEntry(c + ".class"));
                stream.write(Files.readAllBytes(out.resolve(c + ".class")));
            }
            stream.putNextEntry(new JarEntry("META-INF/services/" + Tool.class.getName()));
            stream.write(String.join("\n", services).getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    private static String origin(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    private static String named(String name) {
        return "public String name() { return \"" + name + "\"; }";
    }

    private ClassLoader loader(Path... jars) {
        URL[] urls = java.util.Arrays.stream(jars)
                .map(j -> {
                    try {
                        return j.toUri().toURL();
                    } catch (MalformedURLException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toArray(URL[]::new);
        return new URLClassLoader(urls, PluginsTest.class.getClassLoader());
    }

    private static Plugins<Tool> find(List<Tool> given, ClassLoader... loaders) {
        return Plugins.find(Tool.class, "tool", given, List.of(loaders));
    }

    @Test
    @DisplayName("broken plugins are set aside, each with its reason, and keep none of the others from being used")
    void broken() throws IOException {
        Path sound = jar(
                "sound.jar",
                Map.of(
                        "Good",
                        named("good"),
                        "Throws",
                        "public Throws() { throw new IllegalStateException(\"in the constructor\"); }"
                                + named("throws"),
                        "Static",
                        "static { if (true) throw new IllegalStateException(\"in the initializer\"); }"
                                + named("static"),
                        "BadName",
                        named("Bad Name"),
                        "NoName",
                        "public String name() { throw new UnsupportedOperationException(\"name\"); }",
                        "NullName",
                        "public String name() { return null; }",
                        "Last",
                        named("last")),
                "Good",
                "Throws",
                "Static",
                "no.such.Clazz",
                "BadName",
                "NoName",
                "NullName",
                PluginsTest.class.getName(),
                "Last");
        Path other = jar("other.jar", Map.of("Other", named("other")), "Other");
        Plugins<Tool> plugins = find(List.of(), loader(sound, other));
        assertThat(plugins.usable()).containsOnlyKeys("good", "last", "other");
        assertThat(plugins.get("last").name()).isEqualTo("last");
        assertThat(plugins.faults()).hasSize(7);
        assertThatThrownBy(() -> plugins.get("throws"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("there is no tool plugin named 'throws'")
                .hasMessageContaining(
                        "these tool plugins are there: good (Good from sound.jar), last (Last from sound.jar),"
                                + " other (Other from other.jar)")
                .hasMessageContaining(
                        "Throws from sound.jar: its constructor failed with java.lang.IllegalStateException: in"
                                + " the constructor")
                .hasMessageContaining("in the initializer")
                .hasMessageContaining("no.such.Clazz")
                .hasMessageContaining("BadName from sound.jar: its name 'Bad Name' is not of the form [a-z][a-z0-9-]*")
                .hasMessageContaining("NoName from sound.jar: its name() threw")
                .hasMessageContaining("its name 'null'")
                .hasMessageContaining("PluginsTest not a subtype");
    }

    @Test
    @DisplayName("a services file that can't be read spoils itself and no other")
    void syntaxError() throws IOException {
        Path bad = jar("bad.jar", Map.of("Bad", named("bad")), "Bad", "no class name");
        Path other = jar("other.jar", Map.of("Other", named("other")), "Other");
        Plugins<Tool> plugins = find(List.of(), loader(bad, other));
        assertThat(plugins.usable()).containsKey("other");
        assertThat(plugins.faults())
                .singleElement()
                .satisfies(f -> assertThat(f.why()).contains("Illegal"));
    }

    @Test
    @DisplayName("two plugins of one name: neither is used, and both are named with their jars")
    void ambiguous() throws IOException {
        Path a = jar("a.jar", Map.of("A", named("slurm")), "A");
        Path b = jar("b.jar", Map.of("B", named("slurm"), "C", named("c")), "B", "C");
        Plugins<Tool> plugins = find(List.of(), loader(a, b));
        assertThat(plugins.usable()).containsOnlyKeys("c");
        assertThatThrownBy(() -> plugins.get("slurm"))
                .hasMessageContaining("two plugins are named 'slurm': A from a.jar, B from b.jar; keep one of them");
        Given given = new Given("slurm");
        assertThat(find(List.of(given), loader(a, b)).get("slurm")).isSameAs(given);
        assertThatThrownBy(() ->
                        find(List.of(given, new Given("slurm")), loader(a, b)).get("slurm"))
                .hasMessageContaining("two plugins are named 'slurm'");
    }

    @Test
    @DisplayName("a class that two class loaders find is one plugin")
    void sameClassTwice() throws IOException {
        Path a = jar("a.jar", Map.of("A", named("a")), "A");
        Plugins<Tool> plugins = find(List.of(), loader(a), loader(a), PluginsTest.class.getClassLoader());
        assertThat(plugins.usable()).containsOnlyKeys("a");
        assertThat(plugins.faults()).isEmpty();
    }

    @Test
    void nothingAtAll() {
        Plugins<Tool> plugins = find(List.of(), PluginsTest.class.getClassLoader());
        assertThatThrownBy(() -> plugins.get("local"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("add io.clustrix:clustrix-local-executor to the class path")
                .hasMessageContaining("no tool plugin at all was found")
                .hasMessageContaining("merge META-INF/services");
    }

    @Test
    void artifactsOfKnownNames() {
        Plugins<Tool> plugins = find(List.of(new Given("x")), PluginsTest.class.getClassLoader());
        for (String name : List.of("slurm", "pbs", "sge", "k8s", "ssh")) {
            assertThat(plugins.whenMissing(name).get(0))
                    .isEqualTo("add io.clustrix:clustrix-scheduler-" + name.toLowerCase(Locale.ROOT)
                            + " to the class path");
        }
        assertThat(plugins.whenMissing("kryo").get(0)).contains("io.clustrix:clustrix-serializer-kryo");
        assertThat(plugins.whenMissing("mine"))
                .singleElement()
                .asString()
                .contains("these tool plugins are there: x (");
    }
}

package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.clustrix.spi.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The sources of the configuration and which overrides which")
final class LayersTest {
    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    private int cores() {
        return sandbox.settings()
                .clusters()
                .get("local")
                .common()
                .resources()
                .cores()
                .orElse(-1);
    }

    private static String withCores(int n) {
        return "clustrix.clusters.local.resources.cores = " + n;
    }

    @Test
    @DisplayName("without any file there is one cluster, this machine, with the defaults of reference.conf")
    void nothing() {
        ClustrixSettings settings = sandbox.settings();

        assertThat(settings.defaultCluster()).isEqualTo("local");
        assertThat(settings.clusters()).containsOnlyKeys("local");
        assertThat(settings.serializer()).isEqualTo(new SerializerSettings("kryo", "", Map.of()));
        assertThat(settings.cacheDirectory()).isEqualTo(sandbox.home.resolve(".cache/clustrix"));
        assertThat(settings.clusters().get("local").common().maxTaskSizeWarning())
                .isEqualTo(Memory.ofMebibytes(1));
        assertThat(settings.clusters().get("local").common().timeout()).isEmpty();
    }

    @Test
    @DisplayName("each layer overrides all those below it: reference, user, project, named file, variable, code")
    void precedence() {
        assertThat(cores()).isEqualTo(-1);
        sandbox.classPath(
                "reference.conf",
                "clustrix { executors.local.threads = 1 \n" + withCores(1).substring(9) + "}");
        assertThat(cores()).isEqualTo(1);
        sandbox.user(withCores(2));
        assertThat(cores()).isEqualTo(2);
        sandbox.project(withCores(3));
        assertThat(cores()).isEqualTo(3);
        Path named = Sandbox.write(sandbox.project.resolve("deep/named.conf"), withCores(4));
        sandbox.variable("CLUSTRIX_CONFIG", "deep/named.conf");
        assertThat(cores()).isEqualTo(4);
        Path preferred = Sandbox.write(sandbox.home.resolve("preferred.conf"), withCores(5));
        sandbox.property("clustrix.config", "~/preferred.conf");
        assertThat(cores()).isEqualTo(5);
        sandbox.variable("CLUSTRIX_CLUSTERS_LOCAL_RESOURCES_CORES", "6");
        assertThat(cores()).isEqualTo(6);
        sandbox.code(loader -> loader.with(ConfigFactory.parseString(withCores(7))));
        assertThat(cores()).isEqualTo(7);
        sandbox.code(loader ->
                loader.with(ConfigFactory.parseString(withCores(7))).set("clusters.local.resources.cores", 8));
        assertThat(cores()).isEqualTo(8);

        assertThat(sandbox.load().sources())
                .endsWith(sandbox.userFile().toString(), sandbox.projectFile().toString(), preferred.toString())
                .doesNotContain(named.toString());
    }

    @Test
    @DisplayName("layers are merged key by key, not file by file")
    void merge() {
        sandbox.user("clustrix.clusters.local { resources { cores = 2, memory = 4GiB } }")
                .project("clustrix.clusters.local { resources { cores = 3 }, timeout = 10m }");

        CommonSettings common = sandbox.settings().clusters().get("local").common();

        assertThat(common.resources().cores()).hasValue(3);
        assertThat(common.resources().memory()).contains(Memory.ofGibibytes(4));
        assertThat(common.timeout()).contains(Duration.ofMinutes(10));
    }

    @Test
    @DisplayName("null takes away what a lower layer set, a whole cluster too")
    void nullTakesAway() {
        sandbox.user("clustrix.clusters { local.timeout = 1h, old { executor = batch } }")
                .project("clustrix.clusters { local.timeout = null, old = null }");

        assertThat(sandbox.settings().clusters()).containsOnlyKeys("local");
        assertThat(sandbox.settings().clusters().get("local").common().timeout())
                .isEmpty();
    }

    @Test
    @DisplayName("XDG_CONFIG_HOME and XDG_CACHE_HOME are respected if they are absolute, and ignored if not")
    void xdg() {
        Sandbox.write(sandbox.home.resolve("elsewhere/clustrix/clustrix.conf"), withCores(9));
        sandbox.user(withCores(2));
        sandbox.variable("XDG_CONFIG_HOME", sandbox.home.resolve("elsewhere").toString())
                .variable("XDG_CACHE_HOME", sandbox.home.resolve("quick").toString());

        assertThat(cores()).isEqualTo(9);
        assertThat(sandbox.settings().cacheDirectory()).isEqualTo(sandbox.home.resolve("quick/clustrix"));

        sandbox.variable("XDG_CONFIG_HOME", "elsewhere").variable("XDG_CACHE_HOME", "");
        assertThat(cores()).isEqualTo(2);
        assertThat(sandbox.settings().cacheDirectory()).isEqualTo(sandbox.home.resolve(".cache/clustrix"));
    }

    @Test
    @DisplayName("a file that is named and missing is an error that says who named it (W-E3)")
    void namedFileIsMissing() {
        sandbox.variable("CLUSTRIX_CONFIG", "gone.conf");
        assertThat(sandbox.failure())
                .contains(sandbox.project.resolve("gone.conf") + " does not exist")
                .contains("environment variable CLUSTRIX_CONFIG");

        sandbox.property("clustrix.config", "/gone/too.conf");
        assertThat(sandbox.failure())
                .contains("/gone/too.conf does not exist")
                .contains("system property clustrix.config")
                .doesNotContain("gone.conf does not exist\n      environment");
    }

    @Test
    @DisplayName("a name of a file that is blank, or of a directory, is an error")
    void namedFileIsNone() {
        sandbox.variable("CLUSTRIX_CONFIG", " ");
        assertThat(sandbox.failure()).contains("the path is blank").contains("CLUSTRIX_CONFIG");

        sandbox.variable("CLUSTRIX_CONFIG", sandbox.home.resolve("..").toString());
        assertThat(sandbox.failure()).contains("is a directory");
    }

    @Test
    @DisplayName("the application's application.conf is not read")
    void applicationConf() {
        sandbox.classPath("application.conf", withCores(5)).property("config.file", "/nowhere.conf");

        assertThat(cores()).isEqualTo(-1);
    }

    @Test
    @DisplayName(
            "an application may hand its whole ConfigFactory.load(): what it has from reference.conf overrides nothing")
    void wholeApplication() {
        sandbox.user("clustrix { serializer.name = jdk, serializer.filter = \"!*\" }");
        String application =
                "clustrix.serializer.filter = \"com.acme.*\"\nclustrix.config = x\nacme { db = 1, x = ${acme.db} }";
        sandbox.code(loader -> loader.with(ConfigFactory.parseString(application)
                .withFallback(
                        ConfigFactory.parseResourcesAnySyntax(ConfigurationLoader.class.getClassLoader(), "reference"))
                .resolve()));

        assertThat(sandbox.settings().serializer()).isEqualTo(new SerializerSettings("jdk", "com.acme.*", Map.of()));
    }

    @Test
    @DisplayName("what code sets may be a value of the right type; a path may be copied from a message")
    void values() {
        sandbox.user("clustrix.clusters.hpc.executor = batch");
        sandbox.code(loader -> loader.set("clustrix.clusters.hpc.timeout", Duration.ofMillis(1500))
                .set("cluster-defaults.max-task-size-warning", Memory.ofMebibytes(3))
                .set("clusters.hpc.resources.time", Duration.ofHours(3))
                .set("clusters.hpc.resources.options", Map.of("constraint", "avx512", "nice", 10))
                .set("clusters.hpc.mode", Sandbox.Mode.SAFE_AND_SLOW)
                .set("clusters.hpc.modules", List.of("gcc", "java/17"))
                .set("cache-directory", sandbox.home.resolve("c")));

        CommonSettings common = sandbox.settings().clusters().get("hpc").common();
        assertThat(common.timeout()).contains(Duration.ofMillis(1500));
        assertThat(common.maxTaskSizeWarning()).isEqualTo(Memory.ofMebibytes(3));
        assertThat(common.resources().time()).contains(Duration.ofHours(3));
        assertThat(common.resources().options()).isEqualTo(Map.of("constraint", "avx512", "nice", "10"));
        assertThat(sandbox.batch("hpc").mode()).isEqualTo(Sandbox.Mode.SAFE_AND_SLOW);
        assertThat(sandbox.batch("hpc").modules()).containsExactly("gcc", "java/17");
        assertThat(sandbox.settings().cacheDirectory()).isEqualTo(sandbox.home.resolve("c"));
    }

    @Test
    @DisplayName("what code sets is checked like a file, and an impossible value or path is refused at once")
    void wrongValues() {
        sandbox.code(loader -> loader.set("clusters.local.thread", 3).set("default-cluster", List.of()));
        assertThat(sandbox.failure())
                .contains("clustrix.clusters.local.thread: unknown key; did you mean 'threads'?\n      set in code")
                .contains("clustrix.default-cluster: must be a text, not a list");

        sandbox.code(loader -> loader.set("a..b", 3));
        assertThatThrownBy(sandbox::load)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a..b");
        sandbox.code(loader -> loader.set("clusters.local.threads", new Object()));
        assertThatThrownBy(sandbox::load)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
    }

    @Test
    @DisplayName("an optional block is absent as long as only reference.conf sets something in it")
    void optionalBlock() {
        sandbox.user("clustrix.clusters { a.executor = batch, b { executor = batch, ssh.host = login1 } }");

        assertThat(sandbox.batch("a").ssh()).isEmpty();
        assertThat(sandbox.batch("b").ssh()).contains(new Sandbox.Ssh("login1", 22, Optional.empty()));

        Sandbox.write(sandbox.project.resolve("reference.conf"), "clustrix.clusters.a { ssh { port = 23 } }");
        sandbox.project("include \"reference.conf\"");
        assertThat(sandbox.failure())
                .endsWith("clustrix.clusters.a.ssh.host: required, but not set\n      "
                        + sandbox.project.resolve("reference.conf") + ":1");
    }

    @Test
    @DisplayName("a reference.conf of another library is left alone, even a broken one")
    void foreignReference() throws IOException {
        sandbox.classPath("reference.conf", "");
        Files.write(sandbox.classes.resolve("reference.conf"), "acme { \u00e9 {".getBytes(StandardCharsets.ISO_8859_1));
        sandbox.plugins(Map.of("local", Empty.class));

        assertThat(sandbox.settings().defaultCluster()).isEqualTo("local");
    }

    record Empty() {}

    @Test
    @DisplayName("a configuration knows where each value comes from")
    void render() {
        sandbox.user("clustrix.clusters.local {\n  resources.cores = 2\n}");

        assertThat(sandbox.load().render())
                .contains("clustrix.clusters.local.resources.cores = 2  # " + sandbox.userFile() + ":2\n");
        assertThat(ConfigFactory.parseString(sandbox.load().render(), ConfigParseOptions.defaults())
                        .getString("clustrix.serializer.name"))
                .isEqualTo("kryo");
    }

    @Test
    @DisplayName("system properties and environment variables serve substitutions")
    void substitutions() {
        sandbox.variable("SCRATCH", "/scratch/anna").property("user.name", "anna");
        sandbox.user("_base = ${SCRATCH}/cache\nclustrix.cache-directory = ${_base}/${user.name}");

        assertThat(sandbox.settings().cacheDirectory()).isEqualTo(Path.of("/scratch/anna/cache/anna"));
    }

    @Test
    @DisplayName("surroundings print no value of a variable (W-F)")
    void surroundingsPrintNothing() {
        sandbox.variable("HPC_PASSWORD", "hunter2");

        assertThat(sandbox.surroundings().toString()).doesNotContain("hunter2").contains("1 environment variables");
        assertThat(Surroundings.ofProcess().environment()).isEqualTo(System.getenv());
    }
}

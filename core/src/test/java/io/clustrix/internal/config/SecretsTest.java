package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.typesafe.config.ConfigFactory;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Secrets come from outside of files and are never shown (W-F)")
final class SecretsTest {
    private static final String VALUE = "hunter2";

    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    private void hpc(String password) {
        sandbox.user(
                "clustrix.clusters.hpc {\n  executor = batch\n  ssh { host = login1\n    " + password + "\n  }\n}");
    }

    private String password() {
        return sandbox.batch("hpc")
                .ssh()
                .flatMap(Sandbox.Ssh::password)
                .map(Secret::revealText)
                .orElse("none");
    }

    private static String everything(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    @DisplayName("a reference to an environment variable is the secret")
    void reference() {
        hpc("password = ${?HPC_PASSWORD}");
        assertThat(password()).isEqualTo("none");

        sandbox.variable("HPC_PASSWORD", VALUE);
        assertThat(password()).isEqualTo(VALUE);
    }

    @Test
    @DisplayName("a variable that sets the key, or code, is the secret")
    void otherWays() {
        hpc("");
        sandbox.variable("CLUSTRIX_CLUSTERS_HPC_SSH_PASSWORD", VALUE);
        assertThat(password()).isEqualTo(VALUE);

        sandbox.code(loader -> loader.set("clusters.hpc.ssh.password", Secret.of("code")));
        assertThat(password()).isEqualTo("code");

        sandbox.code(
                loader -> loader.with(ConfigFactory.parseMap(Map.of("clustrix.clusters.hpc.ssh.password", "map"))));
        assertThat(password()).isEqualTo("map");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password = hunter2",
                "password = \"hunter2\"",
                "password = hunter2${?HPC_PASSWORD}",
                "password = ${_pw}",
                "password = ${?hpc.password}",
                "password = \"hunter2\", password = ${?NOT_SET}"
            })
    @DisplayName("a literal is refused with its line and with what to write instead, however it gets there")
    void literal(String line) {
        hpc(line);
        sandbox.variable("HPC_PASSWORD", "tail").property("hpc.password", VALUE);
        sandbox.project("_pw = hunter2");

        Throwable failure = catchThrowable(sandbox::load);

        assertThat(failure)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "clustrix.clusters.hpc.ssh.password: a secret must not be written in a file; write")
                .hasMessageContaining("password = ${?HPC_SSH_PASSWORD}   and set that environment variable")
                .hasMessageContaining("password { file = \"~/.config/clustrix/hpc_ssh_password\" }");
        assertThat(everything(failure)).doesNotContain(VALUE);
    }

    @Test
    @DisplayName("the refusal of a literal tells file and line")
    void literalPlace() {
        hpc("password = hunter2");

        assertThat(sandbox.failure()).contains(sandbox.userFile() + ":4").doesNotContain(VALUE);
    }

    @Nested
    @DisplayName("A file that holds a secret")
    final class InFile {
        private Path file;

        @BeforeEach
        void file() throws IOException {
            file = Sandbox.write(sandbox.home.resolve("pw"), VALUE + "\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            hpc("password { file = \"~/pw\" }");
        }

        @Test
        @DisplayName("is read when the cluster is used, without its last line break")
        void read() {
            assertThat(password()).isEqualTo(VALUE);
        }

        @Test
        @DisplayName("is not touched while the cluster is not used")
        void lazy() throws IOException {
            Files.delete(file);

            Configuration configuration = sandbox.load();

            assertThatThrownBy(() -> configuration.pluginSettings(configuration.cluster("hpc"), Sandbox.Batch.class))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("the secret's file " + file + " does not exist")
                    .hasMessageContaining(sandbox.userFile() + ":4");
        }

        @Test
        @DisplayName("is refused if others may read it")
        void shared() throws IOException {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

            assertThatThrownBy(SecretsTest.this::password).hasMessageContaining("open to others (rw-r-----)");
        }

        @Test
        @DisplayName("is refused if it is empty, too long, no text or a directory")
        void content() throws IOException {
            Files.writeString(file, "\n");
            assertThatThrownBy(SecretsTest.this::password).hasMessageContaining("is empty");
            Files.writeString(file, "x".repeat(70_000));
            assertThatThrownBy(SecretsTest.this::password).hasMessageContaining("more than 65536 bytes");
            Files.write(file, new byte[] {(byte) 0xC3, 0x28});
            assertThatThrownBy(SecretsTest.this::password).hasMessageContaining("not UTF-8");
            hpc("password { file = \"~/.config\" }");
            assertThatThrownBy(SecretsTest.this::password).hasMessageContaining("is no regular file");
        }

        @Test
        @DisplayName("must be named alone and by an absolute path")
        void form() {
            hpc("password { file = pw }");
            assertThat(sandbox.failure()).contains("must be an absolute path");
            hpc("password { path = \"/pw\" }");
            assertThat(sandbox.failure()).contains("must be a secret by reference");
            hpc("password = [hunter2]");
            assertThat(sandbox.failure())
                    .contains("must be a secret, not a list")
                    .doesNotContain(VALUE);
        }
    }

    @Test
    @DisplayName("no print of a configuration shows a secret, by its type or by its name")
    void printed() {
        sandbox.variable("HPC_PASSWORD", VALUE).variable("API_TOKEN", VALUE);
        sandbox.user("""
                clustrix {
                  serializer.properties { auth-token = hunter2, plain = visible }
                  clusters.unknown { executor = other, db.passphrase = hunter2, list = [{ secret = hunter2 }] }
                  clusters.hpc {
                    executor = batch
                    ssh { host = login1, password = ${?HPC_PASSWORD} }
                    modules = ["-Ddb.password=hunter2 -Dx=1"]
                    variables { HARMLESS = ${API_TOKEN}, PART = x${API_TOKEN}, PROXY = "http://anna:hunter2@proxy:80" }
                    resources.options { wandb-api-key = hunter2 }
                  }
                }
                """);

        Configuration configuration = sandbox.load();

        assertThat(configuration.render())
                .doesNotContain(VALUE)
                .contains("clustrix.serializer.properties.plain = \"visible\"")
                .contains("http://anna:***@proxy:80")
                .contains("-Ddb.password=*** -Dx=1")
                .contains("clustrix.clusters.hpc.ssh.password = \"***\"  # environment variable HPC_PASSWORD");
        assertThat(configuration.toString()).doesNotContain(VALUE);
        assertThat(configuration.settings().toString()).doesNotContain(VALUE).contains("plain=visible");
        assertThat(configuration.cluster("hpc").toString()).doesNotContain(VALUE);
        assertThat(sandbox.batch("hpc").ssh().toString()).doesNotContain(VALUE).contains("***");
        assertThat(sandbox.batch("hpc").ssh().flatMap(Sandbox.Ssh::password)).contains(Secret.of(VALUE));
    }

    record Pins(List<Secret> keys, Map<String, Secret> pins, List<Inner> more, Duplicate token) {
        record Inner(Optional<Secret> code) {}

        record Duplicate(int depth) {
            Duplicate {
                if (depth > 3) {
                    throw new IllegalArgumentException("depth is 1 to 3, not " + depth);
                }
            }
        }
    }

    @Test
    @DisplayName("secrets in lists and maps are masked by their type")
    void structured() {
        sandbox.plugins(Map.of("local", Pins.class))
                .classPath("reference.conf", "clustrix.executors.local.token.depth=1");
        sandbox.code(loader -> loader.set("clusters.local.keys", List.of(VALUE))
                .set("clusters.local.pins", Map.of("a", VALUE))
                .set("clusters.local.more", List.of(Map.of("code", VALUE))));

        Configuration configuration = sandbox.load();

        assertThat(configuration.render()).doesNotContain(VALUE);
        Pins pins = configuration.pluginSettings(configuration.defaultCluster(), Pins.class);
        assertThat(pins.toString()).doesNotContain(VALUE);
        assertThat(pins.pins().get("a").revealText()).isEqualTo(VALUE);
    }

    @Test
    @DisplayName("a wrong value under a name like a secret's is told without the value")
    void wrongValue() {
        sandbox.plugins(Map.of("local", Pins.class)).classPath("reference.conf", "");
        sandbox.user("clustrix.clusters.local.token.depth = hunter2");

        assertThat(sandbox.failure())
                .contains("must be a whole number (the value is not shown)")
                .doesNotContain(VALUE);
    }

    @Test
    @DisplayName("so is one that comes from a variable with a name like a secret's, but not one from such a directory")
    void wrongValueFromVariable() {
        Sandbox.write(
                sandbox.home.resolve("secret-project/x.conf"),
                "clustrix.clusters.local { threads = ${N}, timeout = ${API_TOKEN}s }");
        sandbox.property("clustrix.config", "~/secret-project/x.conf")
                .variable("N", "many")
                .variable("API_TOKEN", VALUE);

        assertThat(sandbox.failure())
                .contains("'many' is not a number")
                .contains("must be a duration (the value is not shown)")
                .doesNotContain(VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password = hunter2\"",
                "password = \"hunter2",
                "password = @hunter2",
                "password =\n    hunter2@host",
                "password =\n    hunter2 [1]",
                "password = ${hunter2",
                "password = hunter2 : hunter2",
                "password = hunter2 [1]",
                "password = [hunter2] hunter2",
                "password = x${?HPC_PASSWORD} [1]",
                "password = hunter2 include \"hunter2",
                "passwrod = hunter2",
                "password = hunter2 }}}"
            })
    @DisplayName("no message quotes the text near a secret, not even the parser's")
    void parser(String line) {
        hpc(line);
        sandbox.variable("HPC_PASSWORD", VALUE);

        Throwable failure = catchThrowable(sandbox::load);

        assertThat(failure).isInstanceOf(ConfigurationException.class).hasMessageContaining(sandbox.userFile() + ":");
        assertThat(everything(failure)).doesNotContain(VALUE);
    }

    record Talkative(Secret pin) {
        Talkative {
            throw new IllegalArgumentException("the pin '" + pin.revealText() + "' is too short");
        }
    }

    @Test
    @DisplayName("a plugin that puts a secret in its message is masked")
    void talkative() {
        sandbox.plugins(Map.of("local", Talkative.class)).classPath("reference.conf", "");
        sandbox.variable("CLUSTRIX_CLUSTERS_LOCAL_PIN", VALUE);

        assertThat(sandbox.failure())
                .contains("clustrix.clusters.local.pin: the pin '***' is too short")
                .doesNotContain(VALUE);
    }

    @Test
    @DisplayName("a required secret that is not there tells of the variable")
    void required() {
        sandbox.plugins(Map.of("local", Talkative.class)).classPath("reference.conf", "");
        sandbox.user("clustrix.clusters.local.pin = ${?LOCAL_PIN}");

        assertThat(sandbox.failure()).contains("if it refers to an environment variable, that one is not set");

        sandbox.variable("LOCAL_PIN", "");
        assertThat(sandbox.failure()).contains("a secret must not be empty");
    }

    @Test
    @DisplayName("a secret prints as ***, compares by content and does not give its array away")
    void type() {
        char[] given = VALUE.toCharArray();
        Secret secret = Secret.of(given);
        given[0] = 'x';
        secret.reveal()[0] = 'y';

        assertThat(secret).hasToString("***").isEqualTo(Secret.of(VALUE)).isNotEqualTo(Secret.of("hunter3"));
        assertThat(secret).hasSameHashCodeAs(Secret.of("hunter3"));
        assertThat(secret.reveal()).isEqualTo(VALUE.toCharArray());
        assertThatThrownBy(() -> Secret.of("")).isInstanceOf(IllegalArgumentException.class);
        // Neither of the serializers may ship it: the JDK's refuses the type, Kryo leaves transient fields out.
        assertThat(secret).isNotInstanceOf(Serializable.class);
        assertThat(Secret.class.getDeclaredFields())
                .filteredOn(field -> !Modifier.isStatic(field.getModifiers()))
                .isNotEmpty()
                .allMatch(field -> Modifier.isTransient(field.getModifiers()));
    }
}

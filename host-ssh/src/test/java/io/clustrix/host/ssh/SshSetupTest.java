package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.HostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a real server that lets in by two files: one with the key of the user's SSH config file, by which one gets there,
 * and that in {@code ~/.ssh}.
 */
@Timeout(120)
class SshSetupTest {
    @TempDir
    private Path directory;

    private Sshd server;
    private Path there;
    private Path here;
    private Path key;

    @BeforeEach
    void start() throws Exception {
        server = Sshd.start(directory);
        there = server.directory().resolve(".ssh");
        server.kill();
        server.up("AuthorizedKeysFile " + there.resolve("authorized_keys") + " " + server.authorizedKeys());
        here = Files.createDirectory(directory.resolve("here"));
        key = here.resolve("new");
        Sshd.keyGen(key, "ed25519", "");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private SshSetup setup() throws Exception {
        Path config = Files.writeString(
                here.resolve("config"),
                "Host *\n  Port " + server.port() + "\n  IdentityFile " + server.identity() + "\n");
        return SshSetup.of("127.0.0.1")
                .home(here)
                .agentSocket(Optional.empty())
                .configFile(config)
                .knownHosts(List.of(server.knownHosts("ed25519", server.port())))
                .key(key);
    }

    private Path keys() {
        return there.resolve("authorized_keys");
    }

    private String line() throws Exception {
        return Files.readString(Path.of(key + ".pub")).strip();
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    @DisplayName("the key is put there and let in; once more changes nothing")
    void added() throws Exception {
        assertThat(setup().run()).isEqualTo(new SshSetup.Outcome(key, false, true));

        assertThat(keys()).hasContent(line() + "\n");
        assertThat(mode(keys())).isEqualTo("rw-------");
        assertThat(mode(there)).isEqualTo("rwx------");
        assertThat(setup().run()).isEqualTo(new SshSetup.Outcome(key, false, false));
        assertThat(keys()).hasContent(line() + "\n");
    }

    @Test
    @DisplayName("what the file has stays byte for byte, with its mode, and a last line without an end stays a line")
    void kept() throws Exception {
        Files.createDirectory(
                there, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
        String before = "# mine\n\nssh-rsa AAAA old key \n# " + line() + "\n" + line().replace("ssh-", " # ssh-");
        Files.writeString(keys(), before);
        Files.setPosixFilePermissions(keys(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(setup().run().added()).isTrue();

        assertThat(Files.readString(keys())).isEqualTo(before + "\n" + line() + "\n");
        assertThat(mode(keys())).isEqualTo("rw-r--r--");
        assertThat(mode(there)).isEqualTo("rwxr-x---");
    }

    @Test
    @DisplayName("a line without an end is ended before the new one")
    void noLineEnd() throws Exception {
        Files.createDirectory(there);
        Files.writeString(keys(), "ssh-rsa AAAA old");

        setup().run();

        assertThat(Files.readString(keys())).isEqualTo("ssh-rsa AAAA old\n" + line() + "\n");
    }

    @Test
    @DisplayName("a missing key is an error that says how to make it, and is made if that was asked for")
    void missingKey() throws Exception {
        key = here.resolve("deep/er/id");
        assertThatThrownBy(() -> setup().run())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("there is no key " + key)
                .hasMessageContaining("ssh-keygen -t ed25519");
        assertThat(keys()).doesNotExist();
        Files.createDirectories(key.getParent());
        Path half = Files.writeString(Path.of(key + ".pub"), "of a key in an agent\n");
        assertThatThrownBy(() -> setup().makeMissingKey().run())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("there is " + half + ", but no key " + key);
        assertThat(half).hasContent("of a key in an agent\n");
        Files.delete(half);
        Files.delete(key.getParent());

        assertThat(setup().makeMissingKey().run()).isEqualTo(new SshSetup.Outcome(key, true, true));
        assertThat(mode(key)).isEqualTo("rw-------");
        assertThat(keys()).hasContent(line() + "\n");
    }

    @Test
    @DisplayName("a public half that is missing, or none, is an error, and nothing is sent")
    void publicHalf() throws Exception {
        Path half = Path.of(key + ".pub");
        for (String text :
                List.of("", "hello", line() + "\n" + line(), "ssh-ed25519 AAAA\u0007x", "-----BEGIN X-----")) {
            Files.writeString(half, text);
            assertThatThrownBy(() -> setup().run())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("ssh-keygen -y -f " + key);
        }
        Files.delete(half);
        assertThatThrownBy(() -> setup().run()).hasMessageContaining("ssh-keygen -y -f " + key);
        assertThat(keys()).doesNotExist();
    }

    @Test
    @DisplayName("a server that takes its keys from elsewhere is told as such")
    void notLetIn() throws Exception {
        server.kill();
        server.up("AuthorizedKeysFile " + server.authorizedKeys());

        assertThatThrownBy(() -> setup().run())
                .isInstanceOf(HostException.class)
                .hasMessageContaining("is not let in")
                .hasMessageContaining("chmod go-w")
                .hasMessageContaining("takes keys from elsewhere");
    }

    @Test
    @DisplayName("who gets in by no other way is told so")
    void noWayIn() throws Exception {
        Files.delete(server.authorizedKeys());

        assertThatThrownBy(() -> setup().run())
                .isInstanceOf(HostException.class)
                .hasMessageContaining("is refused the log-in");
        assertThat(keys()).doesNotExist();
    }

    @Test
    @DisplayName("a place that can't be written to is told")
    void noPlace() throws Exception {
        Files.createDirectory(there);
        Files.createDirectory(keys());

        assertThatThrownBy(() -> setup().run())
                .isInstanceOf(HostException.class)
                .hasMessageContaining("could not be put into ~/.ssh/authorized_keys")
                .hasMessageContaining("is no file");
    }
}

package io.clustrix.host.ssh;

import io.clustrix.host.ssh.SshSettings.HostKeyChecking;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Settings of a host for a test; the default reads no file but those named. */
final class Setup {
    Path home;
    Optional<String> user = Optional.empty();
    OptionalInt port = OptionalInt.empty();
    List<Path> identity = List.of();
    Optional<Secret> password = Optional.empty();
    String configFile = "none";
    List<Path> knownHosts = List.of();
    Optional<HostKeyChecking> checking = Optional.empty();
    Optional<String> jump = Optional.empty();
    Optional<String> agentSocket = Optional.empty();
    Duration connectTimeout = Duration.ofSeconds(10);
    Duration keepAlive = Duration.ofSeconds(15);
    Duration answerTimeout = Duration.ofSeconds(30);
    int channels = 8;
    Duration pause = Duration.ofMillis(200);
    Credentials credentials = question -> Optional.empty();

    Setup(Path home) {
        this.home = home;
    }

    /** For a server that knows the key in its directory. */
    static Setup of(Sshd server) throws IOException {
        Setup result = new Setup(server.directory());
        result.port = OptionalInt.of(server.port());
        result.identity = List.of(server.identity());
        result.knownHosts = List.of(server.knownHosts("ed25519", server.port()));
        return result;
    }

    SshSettings settings() {
        return new SshSettings(
                user,
                port,
                identity,
                password,
                Optional.of(configFile),
                knownHosts,
                checking,
                jump,
                true,
                answerTimeout,
                Optional.of(connectTimeout),
                Optional.of(keepAlive),
                channels,
                pause,
                Duration.ofSeconds(5),
                3);
    }

    Host connect() {
        return connect("127.0.0.1");
    }

    Host connect(String destination) {
        HostContext context = new HostContext() {
            @Override
            public String cluster() {
                return "test";
            }

            @Override
            public Credentials credentials() {
                return credentials;
            }

            @Override
            public Path home() {
                return home;
            }
        };
        return SshHostProvider.connect(destination, settings(), context, agentSocket);
    }
}

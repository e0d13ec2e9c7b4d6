package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.files.ClusterFileSystem;
import io.clustrix.host.ssh.SshHostProvider;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.Command;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.testkit.HostContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The link breaks while a file is copied: the copy goes on where it was, and nothing half has the file's name. */
@NeedsTestBed("ssh")
@Timeout(150)
class FilesOverLinkTest {
    private static final int MEGA = 1 << 20;
    private static final int SIZE = 8 * MEGA + 123;

    @TempDir
    private Path here;

    private Relay relay;
    private Host host;
    private ClusterFileSystem files;
    private String there;

    @BeforeEach
    void open() throws Exception {
        TestBed.Login login = TestBed.get().login();
        relay = new Relay(login.port());
        host = HostContract.connected(
                new SshHostProvider(),
                login.host(),
                Map.of(
                        "port",
                        relay.port(),
                        "user",
                        login.user(),
                        "identity",
                        List.of(login.key().toString()),
                        "known-hosts",
                        List.of(relay.knownHosts(login.knownHosts(), login.port(), here)
                                .toString()),
                        "config-file",
                        "none",
                        "agent",
                        false));
        files = ClusterFileSystem.of("link", host);
        there = host.run(Command.of("mktemp", "-d")).out().strip();
    }

    @AfterEach
    void close() throws Exception {
        relay.refuse(false);
        host.run(Command.of("rm", "-rf", there));
        host.close();
        relay.close();
    }

    private Path source() throws IOException {
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        return Files.write(here.resolve("source"), bytes);
    }

    @Test
    @DisplayName("a file that is being put goes on where it was, in the same call")
    void put() throws Exception {
        Path source = source();
        List<Long> told = new CopyOnWriteArrayList<>();
        relay.cutAfterSending(5L * MEGA);

        files.put(source, there + "/f", (bytes, total) -> told.add(bytes));

        assertThat(relay.cuts()).isEqualTo(1);
        assertThat(beginnings(told)).hasSize(2).allMatch(at -> at == 0 || at >= MEGA, "began again");
        assertThat(files.read(there + "/f")).isEqualTo(Files.readAllBytes(source));
        assertThat(files.ls(there)).hasSize(1);
    }

    @Test
    @DisplayName("a file that is being got goes on where it was, in the same call")
    void get() throws Exception {
        Path source = source();
        files.put(source, there + "/f");
        List<Long> told = new ArrayList<>();
        relay.cutAfterReceiving(5L * MEGA);

        files.get(there + "/f", here.resolve("copy"), (bytes, total) -> told.add(bytes));

        assertThat(relay.cuts()).isEqualTo(1);
        assertThat(beginnings(told)).hasSize(1);
        assertThat(told.stream().filter(at -> at == 0)).hasSize(1);
        assertThat(here.resolve("copy")).hasSameBinaryContentAs(source);
    }

    /** Where it began: at first, and where it fell back. */
    private static List<Long> beginnings(List<Long> told) {
        List<Long> beginnings = new ArrayList<>();
        for (int i = 0; i < told.size(); i++) {
            if (i == 0 || told.get(i) < told.get(i - 1)) {
                beginnings.add(told.get(i));
            }
        }
        return beginnings;
    }

    @Test
    @DisplayName("a host that stays away is an error; the next call goes on, and nothing half was to be seen")
    void later() throws Exception {
        Path source = source();
        files.put(source, there + "/f");
        Path copy = here.resolve("copy");
        ClusterFileSystem hasty = files.withTimeout(Duration.ofSeconds(4));
        List<Long> told = new ArrayList<>();
        relay.cutAfterReceiving(5L * MEGA);
        assertThatThrownBy(() -> hasty.get(there + "/f", copy, (bytes, total) -> {
                    if (bytes > 3 * MEGA) {
                        relay.refuse(true);
                    }
                }))
                .isInstanceOf(HostException.class);
        assertThat(copy).doesNotExist();
        relay.refuse(false);

        files.get(there + "/f", copy, (bytes, total) -> told.add(bytes));

        assertThat(told.get(0)).isGreaterThan(MEGA);
        assertThat(copy).hasSameBinaryContentAs(source);
    }
}

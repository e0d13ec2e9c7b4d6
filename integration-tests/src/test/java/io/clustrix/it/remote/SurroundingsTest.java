package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Accounts and ways that are not the usual ones. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(120)
class SurroundingsTest {
    private RemoteSite site;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    private void works(RemoteSite.Way way, String user) throws Exception {
        try (Clustrix clustrix = site.open(way)) {
            JobFuture<String> who =
                    clustrix.withName("it's \"odd\" $HOME %j").submit(() -> System.getProperty("user.name"));
            assertThat(RemoteSite.value(who)).isEqualTo(user);
            assertThat(RemoteSite.value(clustrix.map(0, 4, i -> i + 1))).isEqualTo(List.of(1, 2, 3, 4));
            assertThat(RemoteSite.failure(clustrix.submit(() -> List.of().get(0))))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"csh, slurm", "fish, slurm", "banner, slurm", "csh, ssh", "banner, ssh"})
    @DisplayName("log-in shells that are no POSIX shells, and start-up files that print, do no harm")
    void shells(String habit, String executor) throws Exception {
        String user = site.bed.userWith(habit);
        works(site.way(executor).as(user), user);
    }

    @Test
    @DisplayName("the host lies behind another one, as the user's ssh_config says")
    void jump() throws Exception {
        RemoteSite.Way way = site.way("slurm")
                .ssh("config-file = \"" + site.bed.value("ssh.config") + "\", agent = false")
                .with("host = testbed-target");
        works(way, site.bed.value("ssh.user"));
    }
}

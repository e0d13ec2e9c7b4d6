package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that can't be started as the configuration says: what the user is told. */
@NeedsTestBed("ssh")
@Timeout(60)
class WorkersSurroundingsTest {
    private RemoteSite site;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
    }

    @AfterEach
    void close() {
        site.close();
    }

    private WorkerDiedException failure(String settings) throws Exception {
        try (Clustrix clustrix = site.open(site.way("ssh").with(settings))) {
            Throwable failure = RemoteSite.failure(clustrix.submit(() -> 1));
            assertThat(failure).isInstanceOf(WorkerDiedException.class);
            WorkerDiedException died = (WorkerDiedException) failure;
            assertThat(died.death()).isEqualTo(Death.NOT_STARTED);
            return died;
        }
    }

    @Test
    @DisplayName("a module that can't be loaded is named, with what was printed, and not tried again")
    void module() throws Exception {
        assertThat(failure("""
                environment.modules = ["java/99"], retry.attempts = 5
                environment.setup = ["touch %s"]
                """.formatted(site.shared.resolve("reached"))))
                .hasMessageContaining("its environment could not be set up")
                .hasMessageContaining("java/99")
                .hasMessageContaining("environment.modules");
        assertThat(site.shared.resolve("reached")).doesNotExist();
    }

    @Test
    @DisplayName("a line of setup that ends the script is told of with its exit code and what it printed")
    void setup() throws Exception {
        assertThat(failure("environment.setup = [\"cd /\", \"{ echo no licence >&2; exit 3; }\"]"))
                .hasMessageContaining("no licence")
                .hasMessageContaining("exit code 3")
                .hasMessageContaining("environment.setup");
    }

    @Test
    @DisplayName("an option that the JVM does not know is named, with its setting and the Java")
    void option() throws Exception {
        assertThat(failure("environment.jvm-options = [\"-XX:+NoSuchOption\"]"))
                .hasMessageContaining("does not take 'NoSuchOption': see environment.jvm-options")
                .hasMessageContaining("The Java was ")
                .hasMessageContaining(" version \"");
    }

    @Test
    @DisplayName("a task has the login's own locale and time zone, not those in which the host's commands are called")
    void loginsOwn() throws Exception {
        try (Clustrix clustrix = site.open(site.way("ssh"))) {
            String seen = RemoteSite.value(clustrix.submit(() -> System.getenv("LC_ALL") + " " + System.getenv("TZ")));
            assertThat(seen).isEqualTo("null null");
        }
    }
}

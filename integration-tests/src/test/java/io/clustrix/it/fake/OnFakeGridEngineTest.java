package io.clustrix.it.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.testkit.fake.FakeGridEngine;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("executor = sge, on the fake of Grid Engine")
class OnFakeGridEngineTest extends OnFake<FakeGridEngine> {
    OnFakeGridEngineTest() {
        super("sge");
    }

    @Override
    FakeGridEngine scheduler() {
        return new FakeGridEngine();
    }

    @Override
    String settings() {
        return "parallel-environment = smp";
    }

    @Override
    String refusal() {
        return "unknown queue \"nosuch\"";
    }

    @Override
    String submit() {
        return "qsub";
    }

    @Override
    String lost() {
        return "error: commlib error: got read error (closing \"vm/qmaster/1\")\n"
                + "Unable to run job: unable to receive message from qmaster\nExiting.";
    }

    @Test
    @DisplayName("a job that the accounting does not know of yet is not taken for lost")
    void lag() throws Exception {
        fake.accountingLag(Duration.ofSeconds(2));
        JobFuture<Integer> exits = clustrix.submit(() -> {
            Runtime.getRuntime().halt(7);
            return 1;
        });
        assertThat(failure(exits)).hasMessageContaining("exit code 7");
    }
}

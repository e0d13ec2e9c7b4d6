package io.clustrix.it.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.testkit.fake.FakeSlurm;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("executor = slurm, on the fake of Slurm")
class OnFakeSlurmTest extends OnFake<FakeSlurm> {
    OnFakeSlurmTest() {
        super("slurm");
    }

    @Override
    FakeSlurm scheduler() {
        FakeSlurm slurm = new FakeSlurm();
        slurm.accounting(true);
        return slurm;
    }

    @Override
    String settings() {
        return "";
    }

    @Override
    String refusal() {
        return "invalid partition specified: nosuch";
    }

    @Override
    String submit() {
        return "sbatch";
    }

    @Override
    String lost() {
        return "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation";
    }

    @Test
    @DisplayName("a job that has left the queue before the accounting knows its end is not taken for lost")
    void lag() throws Exception {
        fake.minJobAge(Duration.ZERO);
        fake.accountingLag(Duration.ofSeconds(2));
        JobFuture<Integer> exits = clustrix.submit(() -> {
            Runtime.getRuntime().halt(7);
            return 1;
        });
        assertThat(failure(exits)).hasMessageContaining("exit code 7");
    }
}

package io.clustrix.it.contract;

import io.clustrix.JobFuture;
import io.clustrix.testkit.fake.FakeSlurm;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;

@DisplayName("the contract of executors: Slurm, on its fake")
class FakeSlurmContractTest extends FakeContract<FakeSlurm> {
    FakeSlurmContractTest() {
        super(new FakeSlurm(), "executor = slurm", "hold");
    }

    @Override
    protected String title() {
        return "slurm (fake)";
    }

    @Override
    protected Duration walltime() {
        return Duration.ofMinutes(5);
    }

    /** Slurm counts walltime in minutes; the other jobs have ten of them. */
    @Override
    protected void running(JobFuture<?> job) {
        fake.advance(Duration.ofMinutes(6));
    }
}

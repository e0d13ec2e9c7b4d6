package io.clustrix.it.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.it.Await;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;

@NeedsTestBed({"slurm", "ssh"})
@DisplayName("the contract of executors: Slurm")
class SlurmContractTest extends BedContract {
    @Override
    String block() {
        return "executor = slurm";
    }

    @Override
    protected String title() {
        return "slurm";
    }

    @Override
    protected Optional<UnaryOperator<Submitter>> held() {
        return Optional.of(s -> s.withResources(r -> r.option("hold", "")));
    }

    @Override
    protected Duration walltime() {
        return Duration.ofMinutes(5);
    }

    /** Slurm counts walltime in minutes. */
    @Override
    protected void running(JobFuture<?> job) throws Exception {
        Await.until("Slurm can be told", () -> {
            String queue = slurm("squeue", "-h", "-t", "R", "-o", "%A %j");
            for (String line : queue.lines().toList()) {
                if (line.contains(job.key().toString())) {
                    slurm("scontrol", "update", "JobId=" + line.substring(0, line.indexOf(' ')), "EndTime=now+1");
                    return true;
                }
            }
            return job.isDone();
        });
    }

    private String slurm(String program, String... arguments) throws Exception {
        List<String> words =
                new ArrayList<>(List.of(bed.path("slurm.bin").resolve(program).toString()));
        words.addAll(List.of(arguments));
        Ran ran = Ran.run(Duration.ofSeconds(20), "", words);
        assertThat(ran.exitCode()).as(ran.errors()).isZero();
        return ran.output();
    }
}

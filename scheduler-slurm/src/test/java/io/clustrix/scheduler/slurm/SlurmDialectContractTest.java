package io.clustrix.scheduler.slurm;

import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.NativeId;
import io.clustrix.testkit.DialectContract;
import io.clustrix.testkit.Recorded;
import io.clustrix.testkit.Recorded.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Slurm keeps the contract of dialects")
class SlurmDialectContractTest extends DialectContract {

    /** Each golden answer, what had been asked, and the verdict. */
    private static final List<String> VERDICTS = List.of(
            "sbatch-plain submit id 72",
            "sbatch-parsable submit id 69",
            "handmade-sbatch-wrapper submit id 72@main",
            "handmade-sbatch-cluster submit id 42@x",
            "sbatch-refused-array submit refused lasting",
            "sbatch-refused-constraint submit refused lasting",
            "sbatch-refused-cores submit refused lasting",
            "sbatch-refused-gres submit refused lasting",
            "sbatch-refused-memory submit refused lasting",
            "sbatch-refused-nodelist submit refused lasting",
            "sbatch-refused-option submit refused lasting",
            "sbatch-refused-partition submit refused lasting",
            "sbatch-refused-reservation submit refused lasting",
            "sbatch-refused-time submit refused lasting",
            "handmade-sbatch-submit-limit submit refused transient",
            "sbatch-controller-down submit refused transient",
            "sbatch-munge-down submit refused transient",
            "sbatch-timeout submit refused transient",
            "squeue-states status states 42_0=SUCCEEDED 42_1=FAILED 42_2=SUCCEEDED 42_3=SUCCEEDED 42_4=SUCCEEDED"
                    + " 42_5=SUCCEEDED 42_6=SUCCEEDED 42_7=SUCCEEDED 42_8=RUNNING 42_9=RUNNING 43=FAILED 44=FAILED"
                    + " 45=PENDING 46=RUNNING 47=FAILED 48=PENDING 49=PENDING 50=PENDING 51=PENDING 52=OUT_OF_MEMORY"
                    + " 53=CANCELLED 54=PENDING",
            "squeue-array-pending status states 42_0=PENDING 42_1=PENDING 42_2=PENDING 42_3=PENDING 42_4=PENDING"
                    + " 42_5=PENDING 42_6=PENDING 42_7=PENDING 42_8=PENDING 42_9=PENDING",
            "squeue-array-mixed status states 42_0=SUCCEEDED 42_1=FAILED 42_2=SUCCEEDED 42_3=SUCCEEDED 42_4=PENDING"
                    + " 42_5=PENDING 42_6=PENDING 42_7=PENDING 42_8=PENDING 42_9=PENDING",
            "handmade-squeue-clusters status states 7@a=RUNNING 7@b=UNKNOWN 8@b=PENDING 9@b=UNKNOWN",
            "squeue-unknown-one status none",
            "squeue-unknown-many status none",
            "squeue-controller-down status fails transient",
            "squeue-munge-down status fails transient",
            "squeue-timeout status fails transient",
            "sacct-states history states 61_0=SUCCEEDED 61_1=FAILED 64=OUT_OF_MEMORY 65=NODE_FAILED 66=CANCELLED"
                    + " 67=CANCELLED 68=RUNNING 69=FAILED 70=FAILED 623=TIMED_OUT",
            "sacct-dbd-down history fails transient",
            "sacct-disabled history fails lasting",
            "scancel-unknown cancel taken",
            "scancel-bad cancel not taken",
            "squeue-find-array find ids 64",
            "squeue-find-none find none",
            "squeue-controller-down find fails transient",
            "handmade-squeue-starts starts starts 42@a=2026-11-22T05:00:00Z 42@b=2026-11-22T07:00:00Z",
            "handmade-squeue-starts-none starts none",
            "squeue-unknown-one starts none",
            "squeue-controller-down starts fails transient",
            "scontrol-config info version Slurm 22.05.8",
            "squeue-controller-down info fails transient");

    @Override
    protected DialectProvider<?> provider() {
        return new SlurmDialectProvider();
    }

    @Override
    protected List<Recorded> recorded() {
        Stream<Recorded> chosen = VERDICTS.stream()
                .map(line -> line.split(" ", 3))
                .map(w -> new Recorded(w[0], Kind.valueOf(w[1].toUpperCase(Locale.ROOT)), Golden.result(w[0]), w[2]));
        return Stream.concat(chosen, Recorded.load(getClass(), "/golden/sessions.txt").stream())
                .toList();
    }

    @Override
    protected int mutations() {
        return 100_000;
    }

    @Override
    protected Optional<Boolean> says(CommandResult answer, NativeId hasSucceeded) {
        return Optional.of(answer.out()
                .lines()
                .anyMatch(l -> l.contains(hasSucceeded.value()) && (l.contains("COMPLETED") || l.contains("CD"))));
    }
}

package io.clustrix.scheduler.sge;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.NativeId;
import io.clustrix.testkit.DialectContract;
import io.clustrix.testkit.Recorded;
import io.clustrix.testkit.Recorded.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Grid Engine keeps the contract of dialects")
class SgeDialectContractTest extends DialectContract {

    /** Each golden answer, what had been asked, and the verdict. */
    private static final List<String> VERDICTS = List.of(
            "qsub-plain submit id 34",
            "qsub-terse submit id 35",
            "qsub-array submit id 33",
            "qsub-refused-environment submit refused lasting",
            "qsub-refused-nowhere submit refused lasting",
            "qsub-refused-option submit refused lasting",
            "qsub-refused-project submit refused lasting",
            "qsub-refused-queue submit refused lasting",
            "qsub-refused-resource submit refused lasting",
            "qsub-refused-script submit refused lasting",
            "qsub-refused-tasks submit refused lasting",
            "qsub-refused-time submit refused lasting",
            "qsub-refused-value submit refused lasting",
            "qsub-down submit refused transient",
            "qstat-states status states 21=PENDING 22.1=RUNNING 22.2=RUNNING 22.3=RUNNING "
                    + IntStream.rangeClosed(4, 20)
                            .mapToObj(i -> "22." + i + "=PENDING ")
                            .collect(Collectors.joining())
                    + "23.1=PENDING 23.2=PENDING 24=PENDING 25=RUNNING",
            "qstat-few status states 36.1=PENDING 36.2=PENDING 37=RUNNING",
            "qstat-none status none",
            "qstat-down status fails transient",
            "qacct-states history states 7=FAILED 13.1=FAILED 13.2=FAILED 13.3=FAILED 13.4=FAILED 14=TIMED_OUT"
                    + " 15=FAILED 16=FAILED 17=FAILED 21=FAILED",
            "qacct-few history states 14=TIMED_OUT 17=FAILED 21=FAILED",
            "qacct-one history states 17=FAILED",
            "qacct-unknown history none",
            "qdel-unknown cancel taken",
            "qdel-bad cancel not taken",
            "qdel-down cancel not taken",
            "find-array find ids 2 6",
            "find-none find none",
            "info info version Grid Engine (SGE 8.1.9)");

    @Override
    protected DialectProvider<?> provider() {
        return new SgeDialectProvider();
    }

    @Override
    protected Map<String, Object> settings() {
        return Map.of("parallel-environment", "smp", "gpu-resource", "gpu");
    }

    @Override
    protected List<Recorded> recorded() {
        List<Recorded> all = new ArrayList<>();
        VERDICTS.forEach(line -> {
            String[] w = line.split(" ", 3);
            all.add(new Recorded(w[0], Kind.valueOf(w[1].toUpperCase(Locale.ROOT)), Golden.result(w[0]), w[2]));
        });
        all.addAll(Recorded.load(getClass(), "/golden/sessions.txt"));
        CommandResult few = Golden.result("qstat-few");
        String strange = few.out().replace("<state>r</state>", "<state>zz</state>");
        all.add(new Recorded(
                "with a letter that there is not",
                Kind.STATUS,
                CommandResult.of(Command.of("qstat"), 0, strange, ""),
                "states 36.1=PENDING 36.2=PENDING 37=UNKNOWN"));
        return all;
    }

    @Override
    protected List<String> options() {
        return List.of("ac");
    }

    @Override
    protected int mutations() {
        return 100_000;
    }

    /** None of the recorded jobs has succeeded, so a success is one whose digits chance has made. */
    @Override
    protected Optional<Boolean> says(CommandResult answer, NativeId hasSucceeded) {
        return answer.out().matches("(?s).*\\nfailed\\s+0\\s*\\n.*")
                        && answer.out().matches("(?s).*\\nexit_status\\s+0\\s*\\n.*")
                ? Optional.empty()
                : Optional.of(false);
    }
}

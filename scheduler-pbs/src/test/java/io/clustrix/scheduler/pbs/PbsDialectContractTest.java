package io.clustrix.scheduler.pbs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.scheduler.pbs.PbsSettings.Flavor;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.testkit.DialectContract;
import io.clustrix.testkit.Recorded;
import io.clustrix.testkit.Recorded.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("PBS keeps the contract of dialects")
class PbsDialectContractTest extends DialectContract {
    /** What a real OpenPBS answered, with verdicts that another program than the one under test has written. */
    private static final List<String> FILES = List.of(
            "pbs-01-submit",
            "pbs-02-status",
            "pbs-03-arrays",
            "pbs-04-depend",
            "pbs-05-errors",
            "pbs-06-delete-hold",
            "pbs-07-limits",
            "pbs-08-output",
            "pbs-09-server-down",
            "pbs-10-mom-killed",
            "pbs-11-quoting-json");

    @Override
    protected DialectProvider<?> provider() {
        return new PbsDialectProvider();
    }

    @Override
    protected SchedulerDialect dialect() {
        return new PbsDialect(
                new PbsSettings(
                        Optional.empty(), Flavor.AUTO, Optional.empty(), Optional.empty(), Duration.ofSeconds(5)),
                new Server(false, 23, true));
    }

    @Override
    protected List<Recorded> recorded() {
        List<Recorded> all = new ArrayList<>(real());
        all.addAll(load("handmade"));
        return all;
    }

    private static List<Recorded> real() {
        return FILES.stream().flatMap(file -> load(file).stream()).toList();
    }

    private static List<Recorded> load(String file) {
        return Recorded.load(PbsDialectContractTest.class, "/golden/" + file + ".txt");
    }

    @Test
    @DisplayName("what a real OpenPBS answered is all there: so many submits, questions, cancels and look-ups")
    void count() {
        Map<Kind, Long> kinds = real().stream().collect(Collectors.groupingBy(Recorded::kind, Collectors.counting()));
        assertThat(kinds).isEqualTo(Map.of(Kind.SUBMIT, 155L, Kind.STATUS, 136L, Kind.CANCEL, 10L, Kind.FIND, 2L));
    }

    @Override
    protected List<String> options() {
        return List.of("M", "software");
    }

    @Override
    protected int mutations() {
        return 100_000;
    }

    /** Whether a block of this job says so word by word, with another reader than the dialect's. */
    @Override
    protected Optional<Boolean> says(CommandResult answer, NativeId hasSucceeded) {
        String id = hasSucceeded.value();
        return Optional.of(Pattern.compile("(?m)^(?=Job Id:)")
                .splitAsStream(answer.out())
                .filter(b -> b.startsWith("Job Id: " + id) || b.startsWith("Job Id:\t" + id))
                .anyMatch(b -> b.matches("(?s).*\\n\\s+job_state = ?\\s*[FX]\\s*(\\n.*)?")
                        && b.matches("(?s).*\\n\\s+substate = ?\\s*92\\s*(\\n.*)?")
                        && b.matches("(?s).*\\n\\s+Exit_status = ?\\s*-?0+\\s*(\\n.*)?")
                        && !b.matches("(?s).*\\n\\s+Stageout_status = 0\\s*\\n.*")));
    }
}

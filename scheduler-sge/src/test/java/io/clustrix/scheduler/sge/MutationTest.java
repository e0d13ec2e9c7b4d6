package io.clustrix.scheduler.sge;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.CommandResult;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.SchedulerException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that were damaged on their way. */
@DisplayName("Damaged answers of Grid Engine")
class MutationTest {
    private static final int MUTATIONS = 20_000;

    /** No digits: a code that is another one is not damaged, but another answer. */
    private static final String LETTERS = "<>&;/\\\"'=: \n\t\r(){}[].,-x\u00fcE\ufffd\u0001";

    private static final SgeDialect SGE = new SgeDialect(SgeDialectTest.settings(Optional.empty(), true));

    private static String mutated(String text, Random random) {
        StringBuilder s = new StringBuilder(text);
        for (int n = 1 + random.nextInt(3); n > 0 && s.length() > 1; n--) {
            int from = random.nextInt(s.length());
            int to = Math.min(s.length(), from + 1 + random.nextInt(random.nextBoolean() ? 4 : 200));
            switch (random.nextInt(5)) {
                case 0 -> s.delete(from, to);
                case 1 -> s.insert(from, s.substring(from, to));
                case 2 -> s.setCharAt(from, LETTERS.charAt(random.nextInt(LETTERS.length())));
                case 3 -> s.insert(random.nextInt(s.length()), s.substring(from, to));
                default -> s.setLength(from + 1);
            }
        }
        // Else most of what was cut would be refused for its missing end alone.
        return random.nextBoolean() ? s.toString() : s + "\nclustrix:end\n";
    }

    private static void damaged(String golden, Function<CommandResult, Collection<JobStatus>> read) {
        CommandResult good = Golden.result(golden);
        Random random = new Random(golden.hashCode());
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            String out = mutated(good.out(), random);
            try {
                Collection<JobStatus> states =
                        read.apply(CommandResult.of(good.command(), good.exit(), out, good.err()));
                if (states.stream().anyMatch(s -> s.state() == JobState.SUCCEEDED)) {
                    throw new AssertionError("a success in " + out);
                }
            } catch (SchedulerException e) {
                refused++;
            }
        }
        assertThat(refused).as("how many were seen to be damaged").isLessThan(MUTATIONS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qstat-few", "qacct-few"})
    @DisplayName("never give another exception than the dialect's, and never a success")
    void states(String golden) {
        damaged(
                golden,
                golden.startsWith("qstat")
                        ? r -> SGE.parseStatus(r).values()
                        : r -> SGE.parseHistory(r).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"qsub-array", "qsub-plain", "find-array", "info", "qdel-unknown"})
    @DisplayName("of other commands never give another exception than the dialect's")
    void others(String golden) {
        damaged(golden, r -> {
            var unused = List.of(SGE.isTransient(r), SGE.cancelled(r));
            if (golden.startsWith("qsub")) {
                var unusedId = SGE.parseSubmit(r);
            } else if (golden.startsWith("find")) {
                var unusedIds = SGE.parseFind(r);
            } else if (golden.equals("info")) {
                var unusedInfo = SGE.parseInfo(r);
            }
            return List.of();
        });
    }
}

package io.clustrix.scheduler.pbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.scheduler.pbs.PbsSettings.Flavor;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What a real OpenPBS answered")
class GoldenTest {
    private static final String ODD = "\u0000\uffff=[]-0 \n\tFC92";
    private static final int MUTATIONS = 20_000;
    private static final PbsDialect PBS = new PbsDialect(
            new PbsSettings(Optional.empty(), Flavor.AUTO, Optional.empty(), Optional.empty(), Duration.ofSeconds(5)),
            new Server(false, 23, true));

    static List<Golden> blocks() {
        return Golden.all();
    }

    @Test
    @DisplayName("is all there: so many submits, questions, cancels and look-ups")
    void count() {
        Map<String, Long> kinds =
                Golden.all().stream().collect(Collectors.groupingBy(Golden::kind, Collectors.counting()));
        assertThat(kinds).isEqualTo(Map.of("submit", 155L, "status", 136L, "cancel", 10L, "find", 2L));
    }

    @ParameterizedTest
    @DisplayName("is read to the verdict that the facts have for it (B14, R4, R7, R25)")
    @MethodSource("blocks")
    void verdict(Golden g) {
        CommandResult r = g.result();
        String expected = g.expected();
        switch (g.kind()) {
            case "submit" -> submitted(r, expected);
            case "cancel" -> assertThat(PBS.cancelled(r)).isEqualTo(expected.equals("taken"));
            case "find" -> found(r, expected);
            default -> status(r, expected);
        }
    }

    private static void submitted(CommandResult r, String expected) {
        if (expected.startsWith("id ")) {
            assertThat("id " + PBS.parseSubmit(r).value()).isEqualTo(expected);
            return;
        }
        assertThatThrownBy(() -> PBS.parseSubmit(r)).isInstanceOfSatisfying(SchedulerException.class, e -> {
            assertThat(e.hints()).isNotEmpty();
            assertThat(e).hasMessageContaining("exit code " + r.exit());
        });
        assertThat(PBS.isTransient(r)).isEqualTo(expected.equals("refused transient"));
    }

    private static void found(CommandResult r, String expected) {
        if (expected.equals("fails")) {
            assertThatThrownBy(() -> PBS.parseFind(r)).isInstanceOf(SchedulerException.class);
        } else {
            String read = PBS.parseFind(r).stream().map(NativeId::value).collect(Collectors.joining(" "));
            assertThat("ids " + read).isEqualTo(expected);
        }
    }

    private static void status(CommandResult r, String expected) {
        if (expected.equals("fails")) {
            assertThatThrownBy(() -> PBS.parseStatus(r)).isInstanceOf(SchedulerException.class);
        } else if (expected.equals("none")) {
            assertThat(PBS.parseStatus(r)).isEmpty();
        } else {
            String read = PBS.parseStatus(r).entrySet().stream()
                    .map(e -> e.getKey().value() + "=" + e.getValue().state())
                    .collect(Collectors.joining(" "));
            assertThat("states " + read).isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("and then was damaged, is never a success that does not stand there, nor an unplanned exception")
    void mutations() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        mutate(random, seed, Golden.of("status"), r -> {
            for (Map.Entry<NativeId, JobStatus> e : PBS.parseStatus(r).entrySet()) {
                if (e.getValue().state() == JobState.SUCCEEDED) {
                    assertThat(succeeded(r.out(), e.getKey().value()))
                            .as("seed %s, %s in%n%s", seed, e.getKey(), r.out())
                            .isTrue();
                }
            }
        });
        mutate(random, seed, Golden.of("submit"), r -> {
            String id = PBS.parseSubmit(r).value();
            assertThat(r.out().lines().map(String::strip)).as("seed %s", seed).anyMatch(l -> l.startsWith(id));
        });
        mutate(
                random,
                seed,
                Golden.of("find"),
                r -> PBS.parseFind(r)
                        .forEach(id -> assertThat(r.out()).contains(id.value().replaceFirst("\\[]$", "["))));
        mutate(random, seed, Golden.of("cancel"), r -> {
            PBS.isTransient(r);
            if (PBS.cancelled(r)) {
                assertThat(r.err()).doesNotContain("qdel: Server could not connect");
            }
        });
    }

    /** Whether a block of this job says so word by word, with another reader than the dialect's. */
    private static boolean succeeded(String out, String id) {
        return Pattern.compile("(?m)^(?=Job Id:)")
                .splitAsStream(out)
                .filter(b -> b.startsWith("Job Id: " + id) || b.startsWith("Job Id:\t" + id))
                .anyMatch(b -> b.matches("(?s).*\\n\\s+job_state = ?\\s*[FX]\\s*(\\n.*)?")
                        && b.matches("(?s).*\\n\\s+substate = ?\\s*92\\s*(\\n.*)?")
                        && b.matches("(?s).*\\n\\s+Exit_status = ?\\s*-?0+\\s*(\\n.*)?")
                        && !b.matches("(?s).*\\n\\s+Stageout_status = 0\\s*\\n.*"));
    }

    private static void mutate(Random random, long seed, List<Golden> recorded, Consumer<CommandResult> use) {
        for (int i = 0; i < MUTATIONS; i++) {
            Golden g = recorded.get(random.nextInt(recorded.size()));
            CommandResult r = g.result();
            boolean whole = random.nextInt(3) > 0;
            CommandResult damaged = Golden.answer(
                    r.command().words().get(0),
                    random.nextInt(4) == 0 ? random.nextInt(256) : r.exit(),
                    damaged(r.out(), random),
                    whole ? r.err() : damaged(r.err(), random));
            try {
                use.accept(damaged);
            } catch (SchedulerException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", " + g + ": " + damaged, e);
            }
        }
    }

    private static String damaged(String text, Random random) {
        StringBuilder s = new StringBuilder(text);
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(s.length() + 1);
            int to = Math.min(s.length(), at + random.nextInt(60));
            switch (random.nextInt(6)) {
                case 0 -> s.setLength(at);
                case 1 -> s.delete(at, to);
                case 2 -> s.insert(at, s.substring(at, to));
                case 3 -> s.insert(at, ODD.charAt(random.nextInt(ODD.length())));
                case 4 -> {
                    if (at < s.length()) {
                        s.setCharAt(at, (char) random.nextInt(256));
                    }
                }
                default -> s.insert(at, "999999999999999999999");
            }
        }
        return s.toString();
    }
}

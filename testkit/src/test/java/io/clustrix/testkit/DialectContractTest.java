package io.clustrix.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Traits;
import io.clustrix.testkit.Recorded.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("The contract of dialects")
class DialectContractTest {
    private static final Command TOY = Command.of("toy");

    private static CommandResult answer(int exit, String out, String err) {
        return CommandResult.of(TOY, exit, out, err);
    }

    private static List<Recorded> answers() {
        return List.of(
                Recorded.accepted(answer(0, "job 12\n", ""), "12"),
                Recorded.refused(answer(1, "", "toysub: no such queue\n")),
                Recorded.notNow(answer(1, "", "toysub: try later\n")),
                Recorded.status(
                        answer(0, "toy 12.0 RUNNING\ntoy 12.1 FAILED\ntoy 13 DREAMING\nend\n", ""),
                        Map.of("12.0", JobState.RUNNING, "12.1", JobState.FAILED, "13", JobState.UNKNOWN)),
                Recorded.status(answer(0, "toy 12 SUCCEEDED\nend\n", ""), Map.of("12", JobState.SUCCEEDED)),
                Recorded.status(answer(0, "end\n", ""), Map.of()),
                Recorded.failed(Kind.STATUS, answer(1, "", "toystat: try later\n"), true),
                Recorded.cancel(answer(0, "", ""), true),
                Recorded.cancel(answer(1, "", "toydel: no\n"), false),
                Recorded.found(answer(0, "toy 12 RUNNING\nend\n", ""), "12"),
                Recorded.found(answer(0, "end\n", "")));
    }

    /** The contract, of this dialect. */
    private static class Toy extends DialectContract {
        private final SchedulerDialect dialect;

        Toy(SchedulerDialect dialect) {
            this.dialect = dialect;
        }

        @Override
        protected DialectProvider<?> provider() {
            return new ToyDialectProvider();
        }

        @Override
        protected SchedulerDialect dialect() {
            return dialect;
        }

        @Override
        protected List<Recorded> recorded() {
            return answers();
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }
    }

    @TestFactory
    @DisplayName("is kept by a sound one")
    Stream<DynamicTest> sound() {
        return FailuresOf.tests(DialectContract.class).stream()
                .map(test -> DynamicTest.dynamicTest(
                        test,
                        () -> assertThat(
                                        FailuresOf.of(DialectContract.class, new Toy(new ToyDialect("/opt/toy")), test))
                                .isEmpty()));
    }

    private static DynamicTest fails(String test, String why, DialectContract contract, String... says) {
        return DynamicTest.dynamicTest(test + ": " + why, () -> {
            Optional<Throwable> failure = FailuresOf.of(DialectContract.class, contract, test);
            assertThat(failure).as("the test %s must fail", test).isPresent();
            assertThat(failure.get()).hasMessageContaining("The rule: ");
            for (String text : says) {
                assertThat(failure.get()).hasMessageContaining(text);
            }
        });
    }

    private static DynamicTest fails(String test, String why, SchedulerDialect dialect, String... says) {
        return fails(test, why, new Toy(dialect), says);
    }

    /** Not registered, with another name, and with a setting that has no default. */
    private static final class Unknown implements DialectProvider<Unknown.Settings> {
        record Settings(String noDefault) {}

        private final String name;

        Unknown(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Class<Settings> settings() {
            return Settings.class;
        }

        @Override
        public SchedulerDialect create(Settings settings) {
            return new ToyDialect("");
        }
    }

    private static DialectContract provided(DialectProvider<?> provider) {
        return new Toy(new ToyDialect("")) {
            @Override
            protected DialectProvider<?> provider() {
                return provider;
            }
        };
    }

    @TestFactory
    @DisplayName("is broken by a plugin")
    Stream<DynamicTest> ofProviders() {
        return Stream.of(
                fails("isFound", "a name with blanks", provided(new Unknown("No Name")), "No Name"),
                fails("isFound", "not public, not registered", provided(new Unknown("unknown")), "public"),
                fails("settingsHaveDefaults", "no reference.conf", provided(new Unknown("unknown")), "no-default"));
    }

    @Test
    @DisplayName("asks for recorded answers of each sort")
    void few() throws Throwable {
        Optional<Throwable> failure = FailuresOf.of(
                DialectContract.class,
                new Toy(new ToyDialect("")) {
                    @Override
                    protected List<Recorded> recorded() {
                        return answers().subList(0, 2);
                    }
                },
                "recordings");
        assertThat(failure.orElseThrow()).hasMessageContainingAll("states of jobs", "found by its name", "UNKNOWN");
    }

    @TestFactory
    @DisplayName("is broken by a dialect")
    Stream<DynamicTest> ofDialects() {
        return Stream.of(
                fails("traits", "no element", new ToyDialect("") {
                    @Override
                    public Traits traits() {
                        return new Traits(Set.of(), 0, Duration.ZERO);
                    }
                }),
                fails(
                        "verdicts",
                        "a state that is another one",
                        new ToyDialect("") {
                            @Override
                            JobState state(String word) {
                                return word.equals("FAILED") ? JobState.RUNNING : super.state(word);
                            }
                        },
                        "12.1=RUNNING"),
                fails("verdicts", "trying again for a lasting refusal", new ToyDialect("") {
                    @Override
                    public boolean isTransient(CommandResult r) {
                        return r.exit() != 0;
                    }
                }),
                fails(
                        "refusals",
                        "without the scheduler's words",
                        new ToyDialect("") {
                            @Override
                            public NativeId parseSubmit(CommandResult r) {
                                throw new SchedulerException("no");
                            }
                        },
                        "exit code 1",
                        "a hint",
                        "no such queue"),
                fails(
                        "silence",
                        "silence as an empty answer",
                        new ToyDialect("") {
                            @Override
                            public Map<NativeId, JobStatus> parseStatus(CommandResult r) {
                                return r.out().contains("toy") ? super.parseStatus(r) : Map.of();
                            }
                        },
                        "R1"),
                fails("silence", "another exception for a banner", new ToyDialect("") {
                    @Override
                    public List<NativeId> parseFind(CommandResult r) {
                        return List.of(NativeId.of(r.out()));
                    }
                }),
                fails(
                        "truncated",
                        "the half of an answer as all of it",
                        new ToyDialect("") {
                            @Override
                            public NativeId parseSubmit(CommandResult r) {
                                return NativeId.of(r.out().strip().replaceAll("\\D", "") + "0");
                            }
                        },
                        "truncated"),
                fails("isPure", "a memory", new ToyDialect("") {
                    private final AtomicInteger asked = new AtomicInteger();

                    @Override
                    public Command find(String jobName) {
                        return Command.of("find", jobName, Integer.toString(asked.incrementAndGet()));
                    }
                }),
                fails("isPure", "the locale", new ToyDialect("") {
                    @Override
                    public Command submit(String script, JobPlan plan) {
                        return Command.of("toysub", String.format("--number=%d", 5), script);
                    }
                }),
                fails("directives", "two lines in one", new ToyDialect("") {
                    @Override
                    public List<String> directives(JobPlan plan) {
                        return List.of("#TOY a\n#TOY b");
                    }
                }),
                fails("directives", "no shell", new ToyDialect("") {
                    @Override
                    public List<String> directives(JobPlan plan) {
                        return List.of("if (x) {");
                    }
                }),
                fails(
                        "resources",
                        "an account that is dropped",
                        new ToyDialect("") {
                            @Override
                            public List<String> directives(JobPlan plan) {
                                return super.directives(plan).stream()
                                        .filter(l -> !l.contains("account"))
                                        .toList();
                            }
                        },
                        "account"),
                fails("resources", "a promised limit that is dropped", new ToyDialect("") {
                    @Override
                    public List<String> directives(JobPlan plan) {
                        return super.directives(plan).stream()
                                .filter(l -> !l.contains("memory"))
                                .toList();
                    }
                }),
                fails("resources", "no log files", new ToyDialect("") {
                    @Override
                    public List<String> directives(JobPlan plan) {
                        return super.directives(plan).stream()
                                .filter(l -> !l.contains("log"))
                                .toList();
                    }
                }),
                fails(
                        "hostileValues",
                        "a value in a line of shell",
                        new ToyDialect("") {
                            @Override
                            public List<String> directives(JobPlan plan) {
                                return List.of("TOY_QUEUE=\""
                                        + plan.resources().queue().orElse("") + "\"");
                            }
                        },
                        "a shell has run"),
                fails("hostileValues", "a value in a command's script", new ToyDialect("") {
                    @Override
                    public Command submit(String script, JobPlan plan) {
                        return Command.of(
                                "sh", "-c", "echo " + plan.resources().account().orElse(""));
                    }
                }),
                fails(
                        "hostileValues",
                        "a value that becomes two words",
                        new ToyDialect("") {
                            @Override
                            public List<String> directives(JobPlan plan) {
                                return plan.resources()
                                        .queue()
                                        .map(q -> List.of("#TOY queue=" + q))
                                        .orElse(List.of());
                            }
                        },
                        "more than one word"),
                fails("arrays", "one id for two elements", new ToyDialect("") {
                    @Override
                    public NativeId element(NativeId job, int index) {
                        return NativeId.of(job.value() + index);
                    }
                }),
                fails("arrays", "a size that is not said", new ToyDialect("") {
                    @Override
                    public List<String> directives(JobPlan plan) {
                        return super.directives(new JobPlan(
                                plan.jobName(), plan.resources(), plan.logs(), 1, OptionalInt.empty(), false));
                    }
                }),
                fails("manyJobs", "the first one only", new ToyDialect("") {
                    @Override
                    public Command cancel(Collection<NativeId> ids) {
                        return Command.of("toydel", ids.iterator().next().value());
                    }
                }),
                fails("manyJobs", "a word that no system takes", new ToyDialect("") {
                    @Override
                    public Command status(Collection<NativeId> jobs) {
                        List<String> all = new ArrayList<>();
                        jobs.forEach(id -> all.add("--and-then-also-the-job-with-the-number=" + id.value()));
                        return Command.of("toystat", String.join(",", all));
                    }
                }),
                fails("hopeless", "a blank sentence", new ToyDialect("") {
                    @Override
                    public Optional<String> hopeless(JobStatus waiting) {
                        return Optional.of(" ");
                    }
                }),
                fails(
                        "damage",
                        "a number that is believed in",
                        new ToyDialect("") {
                            @Override
                            JobState state(String word) {
                                return word.matches("[0-9]+") && Integer.parseInt(word) == 0
                                        ? JobState.FAILED
                                        : super.state(word);
                            }

                            @Override
                            public NativeId parseSubmit(CommandResult r) {
                                NativeId id = super.parseSubmit(
                                        answer(r.exit(), r.out().replaceAll("[0-9]+", "1"), r.err()));
                                return Integer.parseInt(r.out().replaceAll("\\D", "")) > 0
                                        ? NativeId.of(r.out().replaceAll("\\D", ""))
                                        : id;
                            }
                        },
                        "seed",
                        "NumberFormatException"),
                fails(
                        "damage",
                        "all that is unknown as a success",
                        new ToyDialect("") {
                            @Override
                            JobState state(String word) {
                                JobState state = super.state(word);
                                return state == JobState.UNKNOWN && !word.equals("DREAMING")
                                        ? JobState.SUCCEEDED
                                        : state;
                            }
                        },
                        "has succeeded by",
                        "seed"),
                fails(
                        "damage",
                        "an endless answer",
                        new ToyDialect("") {
                            @Override
                            public boolean cancelled(CommandResult r) {
                                while (r.out().length() > 5
                                        && !Thread.currentThread().isInterrupted()) {
                                    Thread.onSpinWait();
                                    if (Thread.currentThread().getName().isEmpty()) {
                                        return false;
                                    }
                                    sleep();
                                }
                                return super.cancelled(r);
                            }

                            private void sleep() {
                                try {
                                    Thread.sleep(100);
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }
                        },
                        "not done with",
                        "seed"));
    }

    @Test
    @DisplayName("tries more plans and options that are given")
    void more() throws Throwable {
        DialectContract contract = new Toy(new ToyDialect("")) {
            @Override
            protected List<JobPlan> plans() {
                return List.of(new JobPlan("x", Resources.none(), "l", 1, OptionalInt.empty(), true));
            }

            @Override
            protected List<String> options() {
                return List.of("a", "b");
            }
        };
        assertThat(FailuresOf.of(DialectContract.class, contract, "directives")).isEmpty();
        assertThat(FailuresOf.of(DialectContract.class, contract, "hostileValues"))
                .isEmpty();
    }
}

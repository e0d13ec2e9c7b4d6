package io.clustrix.testkit.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.clustrix.testkit.ExecutorContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("the contract of executors, held against executors that have one flaw each")
class ExecutorContractTest {
    /** So many at a time: each has a JVM besides. */
    private static final int AT_ONCE = 6;

    private static final Set<String> ALL = Set.of(
            "results",
            "exceptions",
            "foreignExceptions",
            "maps",
            "failFast",
            "thousandTasks",
            "manyThreads",
            "cancel",
            "cancelRunning",
            "timeout",
            "walltimeLimit",
            "memoryLimit",
            "exit",
            "crash",
            "output",
            "reattach",
            "hostileNames",
            "variables",
            "directory",
            "close",
            "listeners");

    private final Map<Flaw, Future<Map<String, TestExecutionResult>>> runs = new EnumMap<>(Flaw.class);
    private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, r -> {
        Thread thread = new Thread(r, "trials");
        thread.setDaemon(true);
        return thread;
    });

    /** The contract, for the flaw that the run's configuration names. */
    @ExtendWith(FlawOfTheRun.class)
    static class Trial extends ExecutorContract {
        private final Flaw flaw;

        Trial(Flaw flaw) {
            this.flaw = flaw;
        }

        @Override
        protected String cluster() {
            return "executor = trial, flaw = "
                    + flaw.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        @Override
        protected String title() {
            return "trial " + flaw;
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(15);
        }
    }

    private static final class FlawOfTheRun implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Flaw.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return Flaw.valueOf(context.getConfigurationParameter("flaw").orElseThrow());
        }
    }

    @BeforeAll
    void begin() {
        for (Flaw flaw : Flaw.values()) {
            runs.put(flaw, threads.submit(() -> run(flaw)));
        }
    }

    @AfterAll
    void end() {
        threads.shutdownNow();
    }

    private static Map<String, TestExecutionResult> run(Flaw flaw) {
        Map<String, TestExecutionResult> results = new TreeMap<>();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Trial.class))
                .configurationParameter("flaw", flaw.name())
                .build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                String name = test.getSource()
                        .map(s -> s instanceof MethodSource m ? m.getMethodName() : "class")
                        .orElse("");
                if (test.isTest() || result.getStatus() != Status.SUCCESSFUL) {
                    results.put(name, result);
                }
            }
        });
        return results;
    }

    private Map<String, TestExecutionResult> results(Flaw flaw) throws Exception {
        Future<Map<String, TestExecutionResult>> run = runs.get(flaw);
        assertThat(run).isNotNull();
        return run.get(200, TimeUnit.SECONDS);
    }

    private static Set<String> with(Map<String, TestExecutionResult> results, Status status) {
        return results.entrySet().stream()
                .filter(e -> e.getValue().getStatus() == status)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @DisplayName("one without a flaw passes, and what it does not claim is told as not supported, with the reason")
    void sound() throws Exception {
        Map<String, TestExecutionResult> results = results(Flaw.NONE);

        assertThat(with(results, Status.FAILED)).as(results.toString()).isEmpty();
        assertThat(results.keySet()).isEqualTo(ALL);
        assertThat(with(results, Status.ABORTED))
                .containsExactlyInAnyOrder(
                        "cancelRunning",
                        "walltimeLimit",
                        "memoryLimit",
                        "exit",
                        "crash",
                        "output",
                        "reattach",
                        "variables",
                        "directory");
        assertThat(results.get("output").getThrowable().orElseThrow())
                .hasMessageContaining("not supported: OUTPUT is not among its traits");
    }

    @ParameterizedTest
    @CsvSource({
        "LOSES_A_RESULT, thousandTasks, has no end",
        "TELLS_TWICE, listeners, was told twice",
        "ENDS_TOO_EARLY, listeners thousandTasks, was told after the job's end",
        "MIXES_RESULTS, cancel failFast results maps thousandTasks foreignExceptions exceptions hostileNames, value 0 has changed",
        "RUNS_TWICE, maps, each task runs once",
        "SWALLOWS_TYPES, exceptions foreignExceptions failFast maps, OutOfInkException",
        "CLAIMS_TO_SUCCEED, exceptions foreignExceptions failFast maps, should have failed",
        "IGNORES_CANCEL, cancel failFast close, what waited when it was cancelled has run",
        "CLAIMS_CANCEL, cancel cancelRunning timeout, the task has stopped",
        "CLAIMS_OUTPUT, output, what the listener was told of standard output",
        "CLAIMS_REATTACH, reattach, runId() is empty",
        "CLAIMS_ISOLATION, exit crash, driver's own process",
        "CLAIMS_WALLTIME, walltimeLimit, has no end",
        "CLAIMS_MEMORY, memoryLimit, driver's own process",
        "LEAVES_A_THREAD, close, thread 'left-behind' is left",
        "LEAVES_A_PROCESS, close, sleep",
        "TAKES_AFTER_CLOSE, listeners, submit() of an executor that is closed",
    })
    @DisplayName("one with a flaw fails the scenarios that are about it, and no others")
    void flawed(Flaw flaw, String scenarios, String why) throws Exception {
        Map<String, TestExecutionResult> results = results(flaw);

        assertThat(with(results, Status.FAILED)).as(results.toString()).containsExactlyInAnyOrder(scenarios.split(" "));
        assertThat(results.values().stream()
                        .flatMap(r -> r.getThrowable().stream())
                        .map(Throwable::toString))
                .anySatisfy(text -> assertThat(text).contains(why));
    }

    @ParameterizedTest
    @EnumSource(Flaw.class)
    @DisplayName("the results are written for the table, failures too")
    void written(Flaw flaw) throws Exception {
        Map<String, TestExecutionResult> results = results(flaw);

        List<String> lines = Files.readAllLines(Path.of("target/contract-results/trial " + flaw + ".txt"));
        assertThat(lines).hasSize(ALL.size());
        assertThat(lines.stream().filter(l -> l.endsWith("\tfail"))).hasSameSizeAs(with(results, Status.FAILED));
        assertThat(lines.stream().filter(l -> l.contains("\tnot supported: ")))
                .hasSameSizeAs(with(results, Status.ABORTED));
    }
}

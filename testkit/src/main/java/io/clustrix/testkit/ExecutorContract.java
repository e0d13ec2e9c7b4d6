package io.clustrix.testkit;

import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What every executor must do, be it an {@link io.clustrix.spi.ExecutorProvider} or a
 * {@link io.clustrix.spi.DialectProvider} on core's engine. A plugin's test extends this class and gives a cluster to
 * try it on:
 *
 * <pre>{@code
 * class SerialContractTest extends ExecutorContract {
 *     @Override
 *     protected String cluster() {
 *         return "executor = serial";
 *     }
 * }
 * }</pre>
 *
 * <p>The plugin is found by {@link java.util.ServiceLoader}, as users have it. All scenarios go through the public API
 * of Clustrix. They ask for the executor's traits and look at both answers: what is claimed must work, and what is not
 * must be as the interface says; then the scenario is aborted with the reason, which build tools show as skipped.
 *
 * <p>All scenarios begin at the same time, with the first test, because schedulers take their time: the executor is
 * given some forty jobs at once. None of them needs two tasks that run at the same time, so one slot is enough.
 *
 * <p>At the end the results are written to {@code target/contract-results}, or the directory that the system property
 * {@code clustrix.contracts.directory} names; and held against a {@linkplain #resultsPage page}, if there is one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class ExecutorContract {
    /** For waits within a scenario that come one after another. */
    private static final int PATIENCE_FACTOR = 4;

    private final Map<Scenario, FutureTask<@Nullable Void>> running = new EnumMap<>(Scenario.class);
    private final ContractResults results = new ContractResults();
    private boolean begun;
    private @Nullable Throwable notOpened;
    private @Nullable Bench bench;
    private @Nullable Path local;
    private @Nullable Path shared;

    /** For plugins' tests. */
    protected ExecutorContract() {}

    // ---------------------------------------------------------------- what a plugin's test says

    /**
     * What stands in the cluster's block of the configuration, in HOCON: {@code executor = mine}, and settings. Asked
     * once, before the first test.
     */
    protected abstract String cluster();

    /** What the executor is called in the table of results. The default is its name in the configuration. */
    protected String title() {
        return bench().executor();
    }

    /** How long a small job may take to come to its end, when some forty are submitted at the same time: a minute. */
    protected Duration patience() {
        return Duration.ofSeconds(60);
    }

    /**
     * A new directory that both the driver and its tasks can write to, by the same path; it is removed in the end. The
     * default is one for temporary files, open to all users of this machine.
     */
    protected Path sharedDirectory() throws IOException {
        return Files.createTempDirectory("clustrix-contract-");
    }

    /** The memory that a task asks for that then takes a GiB: {@code 512MiB}. */
    protected String memory() {
        return "512MiB";
    }

    /** The walltime that a task asks for that then takes longer: three seconds. */
    protected Duration walltime() {
        return Duration.ofSeconds(3);
    }

    /**
     * The task of the walltime scenario runs. For schedulers that count walltime in minutes: the place to shorten it.
     * Does nothing.
     */
    protected void running(JobFuture<?> job) throws Exception {}

    /**
     * How to ask for a job that waits in the queue until it is cancelled, if the scheduler knows that, for instance
     * {@code s -> s.withResources(r -> r.option("hold", ""))}.
     */
    protected Optional<UnaryOperator<Submitter>> held() {
        return Optional.empty();
    }

    /**
     * A page in Markdown with a table that has a column for this executor. The test fails if the page says something
     * else than was found. With {@code -Dclustrix.contracts.write=true} the column is written anew instead, and with it
     * the table and the page if there are none.
     */
    protected Optional<Path> resultsPage() {
        return Optional.empty();
    }

    // ---------------------------------------------------------------- scenarios

    @Test
    @DisplayName("values, null, void, records, and megabytes come back as they are")
    final void results() throws Exception {
        run(Scenario.RESULTS);
    }

    @Test
    @DisplayName("what a task throws arrives with its type, message, cause and remote stack trace")
    final void exceptions() throws Exception {
        run(Scenario.EXCEPTIONS);
    }

    @Test
    @DisplayName("exceptions that can't be sent, or whose class only the worker has, look like themselves")
    final void foreignExceptions() throws Exception {
        run(Scenario.FOREIGN_EXCEPTIONS);
    }

    @Test
    @DisplayName("results of a map are in order, with holes where tasks failed; each task runs once")
    final void maps() throws Exception {
        run(Scenario.MAPS);
    }

    @Test
    @DisplayName("the first failure of a map ends it, and what had not started never starts")
    final void failFast() throws Exception {
        run(Scenario.FAIL_FAST);
    }

    @Test
    @DisplayName("all results are right, and each is told once")
    final void thousandTasks() throws Exception {
        run(Scenario.THOUSAND);
    }

    @Test
    @DisplayName("threads that submit at the same time each get their own results")
    final void manyThreads() throws Exception {
        run(Scenario.MANY_THREADS);
    }

    @Test
    @DisplayName("a job is cancelled at once, before it starts, while it waits and runs, and not once it ended")
    final void cancel() throws Exception {
        run(Scenario.CANCEL);
    }

    @Test
    @DisplayName("what is cancelled while it runs ends, even if it ignores interrupts")
    final void cancelRunning() throws Exception {
        run(Scenario.CANCEL_RUNNING);
    }

    @Test
    @DisplayName("a call that takes longer than its timeout fails as that")
    final void timeout() throws Exception {
        run(Scenario.TIMEOUT);
    }

    @Test
    @DisplayName("a task that runs longer than its walltime is ended, and fails as that")
    final void walltimeLimit() throws Exception {
        run(Scenario.WALLTIME);
    }

    @Test
    @DisplayName("a task that takes more memory than it asked for fails as that, alone")
    final void memoryLimit() throws Exception {
        run(Scenario.MEMORY);
    }

    @Test
    @DisplayName("System.exit and Runtime.halt fail their own task, alone, with the exit code")
    final void exit() throws Exception {
        run(Scenario.EXIT);
    }

    @Test
    @DisplayName("a worker that is killed takes no other task with it")
    final void crash() throws Exception {
        run(Scenario.CRASH);
    }

    @Test
    @DisplayName("what a task prints reaches its listener, in order, with all its characters")
    final void output() throws Exception {
        run(Scenario.OUTPUT);
    }

    @Test
    @DisplayName("a driver is killed, and another one gets all results; nothing runs twice")
    final void reattach() throws Exception {
        run(Scenario.REATTACH);
    }

    @Test
    @DisplayName("names and arguments of all kinds arrive as they are, and nothing in them is run")
    final void hostileNames() throws Exception {
        run(Scenario.NAMES);
    }

    @Test
    @DisplayName("environment variables of all kinds arrive as they are")
    final void variables() throws Exception {
        run(Scenario.VARIABLES);
    }

    @Test
    @DisplayName("the task runs in the working directory that was asked for")
    final void directory() throws Exception {
        run(Scenario.DIRECTORY);
    }

    @Test
    @DisplayName("close() cancels what is unfinished and leaves no thread, process or file; then nothing is taken")
    final void close() throws Exception {
        run(Scenario.CLOSE);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    @DisplayName("through all of this each task and each job was told its end once, in the right order")
    final void listeners() throws Exception {
        run(Scenario.LISTENERS);
    }

    // ---------------------------------------------------------------- running them

    private Bench bench() {
        Bench open = bench;
        if (open == null) {
            throw new IllegalStateException("nothing is open yet");
        }
        return open;
    }

    /** Opens the executor and begins with all scenarios, unless that was done or tried already. */
    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        try {
            open();
        } catch (IOException | RuntimeException | LinkageError e) {
            notOpened = e;
            return;
        }
        Bench open = bench();
        for (Scenario scenario : Scenario.values()) {
            FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
                scenario.play(open);
                return null;
            });
            running.put(scenario, task);
        }
        running.forEach((scenario, task) -> {
            Thread thread = new Thread(task, "contract-" + scenario.word);
            thread.setDaemon(true);
            thread.start();
        });
    }

    private void open() throws IOException {
        Path own = Files.createTempDirectory("clustrix-contract-driver-");
        local = own;
        Path common = sharedDirectory();
        shared = common;
        if (Files.getFileStore(common).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(common, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        bench = new Bench(this, own, common);
    }

    private void run(Scenario scenario) throws Exception {
        begin();
        FutureTask<@Nullable Void> task = running.get(scenario);
        if (task == null) {
            throw new AssertionError("the executor could not be opened: " + notOpened, notOpened);
        }
        String result = ContractResults.FAIL;
        try {
            task.get(PATIENCE_FACTOR * bench().patience.toMillis(), TimeUnit.MILLISECONDS);
            result = ContractResults.PASS;
        } catch (TimeoutException e) {
            throw new AssertionError("the scenario has no end", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof NotSupportedException) {
                result = ContractResults.NOT_SUPPORTED + cause.getMessage();
                Assumptions.abort("not supported: " + cause.getMessage());
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof Exception exception ? exception : e;
        } finally {
            results.add(scenario, result);
        }
    }

    /** Waits for all scenarios but the last. */
    void awaitOthers() throws Exception {
        for (Map.Entry<Scenario, FutureTask<@Nullable Void>> entry : running.entrySet()) {
            if (entry.getKey() != Scenario.LISTENERS) {
                try {
                    entry.getValue().get(PATIENCE_FACTOR * bench().patience.toMillis(), TimeUnit.MILLISECONDS);
                } catch (ExecutionException e) {
                    // It is told by its own test.
                }
            }
        }
    }

    @AfterAll
    final void end() throws IOException, InterruptedException {
        Bench open = bench;
        try {
            if (open != null) {
                open.close();
                results.write(ContractResults.directory(), title());
                if (resultsPage().isPresent()) {
                    ContractTable table = new ContractTable(resultsPage().get());
                    if (Boolean.getBoolean("clustrix.contracts.write")) {
                        table.write(title(), results.all());
                    } else {
                        table.check(title(), results.all());
                    }
                }
            }
        } finally {
            for (Path directory : Stream.of(Optional.ofNullable(local), Optional.ofNullable(shared))
                    .flatMap(Optional::stream)
                    .toList()) {
                remove(directory);
            }
        }
    }

    /** Tasks that are just being ended may still write. */
    private static void remove(Path directory) throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try (Stream<Path> files = Files.walk(directory)) {
                List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
                for (Path file : all) {
                    Files.deleteIfExists(file);
                }
                return;
            } catch (IOException | java.io.UncheckedIOException e) {
                if (attempt == 20) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }
}

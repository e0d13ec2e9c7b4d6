package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Traits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An executor under test, and what scenarios need to look at it. All waits have an end: the patience that the plugin's
 * test allows for one job.
 */
final class Bench implements AutoCloseable {
    /** The cluster's name in the configuration. */
    static final String CLUSTER = "contract";

    final ExecutorContract contract;

    /** A directory that the driver and its tasks can write to. */
    final Path shared;

    /** What drivers in JVMs of their own read. */
    final Path configuration;

    final Duration patience;
    final Clustrix clustrix;
    final Traits traits;
    final RunsWatch runs = new RunsWatch();
    final JobsWatch jobs = new JobsWatch();

    Bench(ExecutorContract contract, Path local, Path shared) throws IOException {
        this.contract = contract;
        this.shared = shared;
        patience = contract.patience();
        String text =
                """
                clustrix {
                  default-cluster = %s
                  cache-directory = "%s"
                  state-directory = "%s"
                  clusters.%s {
                    %s
                  }
                }
                """.formatted(CLUSTER, local.resolve("cache"), local.resolve("state"), CLUSTER, contract.cluster());
        configuration = Files.writeString(local.resolve("clustrix.conf"), text);
        clustrix = open();
        traits = clustrix.traits();
    }

    /** The executor's name in the configuration. */
    String executor() {
        return ConfigFactory.parseFile(configuration.toFile())
                .resolve()
                .getString("clustrix.clusters." + CLUSTER + ".executor");
    }

    private Clustrix open() {
        Clustrix.Builder builder = Clustrix.builder().configFile(configuration).listener(runs);
        jobs.between(executor()).ifPresent(builder::executorProvider);
        return builder.open();
    }

    boolean has(Feature feature) {
        return traits.has(feature);
    }

    /** Ends the scenario here if the executor does not claim this. */
    void needs(Feature feature) {
        if (!has(feature)) {
            throw new NotSupportedException(feature);
        }
    }

    Submitter named(String name) {
        return clustrix.withName(name);
    }

    /** A file that tasks may append to. */
    Marks marks(String name) {
        return new Marks(shared.resolve(name));
    }

    /** What a job returns. */
    <T extends @Nullable Object> T value(JobFuture<T> job) throws Exception {
        try {
            return job.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(unended(job), e);
        } catch (ExecutionException e) {
            throw new AssertionError("job " + job.name() + " failed: " + e.getCause(), e.getCause());
        }
    }

    /** What a job fails with. */
    Throwable failure(JobFuture<?> job) throws Exception {
        try {
            // Not by get(), which since Java 23 puts a cancellation into another one.
            Throwable failure =
                    job.<@Nullable Throwable>handle((value, e) -> e).get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return failure != null ? failure : fail("job " + job.name() + " should have failed");
        } catch (TimeoutException e) {
            throw new AssertionError(unended(job), e);
        }
    }

    private String unended(JobFuture<?> job) {
        return "job " + job.name() + " has no end after " + patience.toSeconds() + " s; it is " + job.status();
    }

    /** Fails unless something is of a type. */
    static <T> T expect(Class<T> type, @Nullable Object value) {
        if (!type.isInstance(value)) {
            if (value instanceof Throwable t) {
                throw new AssertionError("this should be a " + type.getName() + ": " + t, t);
            }
            throw new AssertionError("this should be a " + type.getName() + ": " + value);
        }
        return type.cast(value);
    }

    /** Something that comes true some day. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws Exception;
    }

    void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, () -> "not within " + patience.toSeconds() + " s: " + what);
            Thread.sleep(25);
        }
    }

    @Override
    public void close() {
        clustrix.close();
    }
}

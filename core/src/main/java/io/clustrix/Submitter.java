package io.clustrix;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Traits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Takes functions to run on one cluster, with one set of options.
 *
 * <p>Immutable and thread-safe: each {@code with...} method returns a new submitter and leaves this one as it was. What
 * is not set is taken from the cluster's block of the configuration. A submitter is cheap to make but not free; make it
 * once for calls that are alike.
 *
 * <p>All methods that submit return at once. They throw, rather than return a future that fails, for what the caller
 * did wrong:
 *
 * <ul>
 *   <li>{@link SerializationException} if the function can't be shipped; the message names the field that stands in the
 *       way,
 *   <li>{@link ConfigurationException} if the options ask for what the cluster can't do,
 *   <li>{@link IllegalStateException} if the {@link Clustrix} is closed.
 * </ul>
 */
public interface Submitter {

    /** The name of the cluster. */
    String cluster();

    /** With these resources in place of all that were set before; what they leave open comes from the configuration. */
    Submitter withResources(Resources resources);

    /**
     * With resources changed, for instance {@code withResources(r -> r.cores(8).memory("16GB"))}. The builder starts
     * from what was set before on this submitter.
     *
     * @throws IllegalArgumentException if a value makes no sense
     */
    Submitter withResources(UnaryOperator<Resources.Builder> change);

    /**
     * With a limit on the whole call, measured from the call of {@code submit} or {@code map} and including any time in
     * a queue. At the deadline the future fails with a {@link io.clustrix.spi.TaskTimeoutException}, whether or not
     * running tasks can be ended by force; what has not started never starts.
     *
     * @param limit positive
     * @throws IllegalArgumentException if it is not
     */
    Submitter withTimeout(Duration limit);

    /**
     * With a name for people, as it is shown by schedulers, logs and listeners.
     *
     * @throws IllegalArgumentException if it is blank, has control characters or more than 1,024 characters
     */
    Submitter withName(String name);

    /**
     * With so many tasks of a map run one after another in one worker before more are fetched. The function still
     * receives one item at a time.
     *
     * @param tasks at least 1
     * @throws IllegalArgumentException if it is less
     */
    Submitter withChunkSize(int tasks);

    /**
     * With another rule for what the failure of one task of a map does to the others; without it
     * {@link ErrorPolicy#FAIL_FAST}.
     */
    Submitter onError(ErrorPolicy policy);

    /**
     * With an environment variable for the worker, on top of those set before.
     *
     * @throws IllegalArgumentException if the name is not of the form {@code [A-Za-z_][A-Za-z0-9_]*} or the value has a
     *     NUL
     */
    Submitter withVariable(String name, String value);

    /** With a working directory for the worker. */
    Submitter withDirectory(Path directory);

    /** With one more listener for the jobs that this submitter starts. */
    Submitter withListener(RunListener listener);

    /**
     * Runs a function. A lambda whose body is an expression with a value, or a block that can't end normally, comes
     * here.
     *
     * @param <T> the type of the result
     * @throws SerializationException if the function can't be shipped
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    <T extends @Nullable Object> JobFuture<T> submit(RemoteCallable<T> task);

    /**
     * Runs a function that has no result; the future's value is {@code null}.
     *
     * @throws SerializationException if the function can't be shipped
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    JobFuture<@Nullable Void> submit(RemoteRunnable task);

    /**
     * Runs a function for each item. The function receives one item; the results have the items' order.
     *
     * @param <A> the type of an item
     * @param <B> the type of a result
     * @param items read before this method returns; may contain {@code null}s; if there are none, the future is
     *     complete
     * @throws SerializationException if the function can't be shipped, or an item that is written before this method
     *     returns: all of them for a cluster with a scheduler, the first for this machine's processes. A later one
     *     fails its own task
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    <A extends @Nullable Object, B extends @Nullable Object> MapFuture<B> map(
            Iterable<? extends A> items, RemoteFunction<? super A, ? extends B> function);

    /**
     * Runs a function for each number of a range. The results have the numbers' order.
     *
     * @param <B> the type of a result
     * @param from the first number
     * @param to the number after the last
     * @throws IllegalArgumentException if {@code to < from}, or the range has more than 2^31 - 1 numbers
     * @throws SerializationException if the function can't be shipped
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    <B extends @Nullable Object> MapFuture<B> map(int from, int to, RemoteIntFunction<? extends B> function);

    /**
     * Runs an action for each item.
     *
     * @param <A> the type of an item
     * @param items read before this method returns; may contain {@code null}s
     * @return a future whose value is a list of {@code null}s, one for each item
     * @throws SerializationException if the action can't be shipped, or an item that is written before this method
     *     returns, as for {@link #map(Iterable, RemoteFunction) map}
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    <A extends @Nullable Object> MapFuture<@Nullable Void> forEach(
            Iterable<? extends A> items, RemoteConsumer<? super A> action);

    /**
     * Where {@code submit} would run this function, and why there. Runs nothing.
     *
     * @throws IllegalStateException if the Clustrix is closed
     */
    Placement explain(RemoteCallable<?> task);

    /**
     * What {@code submit} would send for this function: the scripts and commands. On a cluster with a scheduler this
     * asks the host for its Java and makes the work directory there, as a first job does; nothing is submitted.
     *
     * @throws SerializationException if the function can't be shipped
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    Preview preview(RemoteCallable<?> task) throws InterruptedException;

    /**
     * What {@code map} would send.
     *
     * @param <A> the type of an item
     * @throws SerializationException if the function or an item can't be shipped
     * @throws ConfigurationException if the options ask for what the cluster can't do
     * @throws IllegalStateException if the Clustrix is closed
     */
    <A extends @Nullable Object> Preview preview(Iterable<? extends A> items, RemoteFunction<? super A, ?> function)
            throws InterruptedException;

    /**
     * What the cluster's executor can do, for instance whether its jobs can be {@linkplain Clustrix#attach attached}
     * to. Asks no scheduler; makes the executor if nothing has been submitted yet.
     *
     * @throws IllegalStateException if the Clustrix was closed before the executor was made
     */
    Traits traits();
}

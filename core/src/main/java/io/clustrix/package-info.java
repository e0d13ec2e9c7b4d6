/**
 * The user's interface: a Java function goes in, a {@link java.util.concurrent.CompletableFuture} of its result comes
 * out.
 *
 * <p>{@link io.clustrix.Clustrix#open()} gives a {@link io.clustrix.Submitter} for the configuration's default cluster,
 * {@link io.clustrix.Clustrix#on} one for any other. {@code submit} runs one call and gives a
 * {@link io.clustrix.JobFuture}; {@code map} runs one call for each item and gives a {@link io.clustrix.MapFuture}.
 * Methods that are annotated with {@link io.clustrix.Cluster} are run by calling them, through
 * {@link io.clustrix.Clustrix#proxy} or {@code io.clustrix.guice}.
 *
 * <p>A user's function is run as it is and once: nothing is rewritten, nothing is repeated behind the caller's back.
 * What it throws reaches the caller as it is; what else can go wrong is a {@link io.clustrix.spi.ClustrixException}.
 */
@NullMarked
package io.clustrix;

import org.jspecify.annotations.NullMarked;

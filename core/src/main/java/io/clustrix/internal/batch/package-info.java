/**
 * The engine that makes an executor of a host and a scheduler's dialect: it ships jobs, watches them, brings their
 * results and decides what has become of them.
 *
 * <p>One thread for each cluster decides everything ({@link io.clustrix.internal.batch.BatchExecutor}); calls of the
 * host run on a few others and tell it what they found. What must survive the driver is written into the run's journal
 * before it is done.
 */
@NullMarked
package io.clustrix.internal.batch;

import org.jspecify.annotations.NullMarked;

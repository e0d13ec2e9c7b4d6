/**
 * What a plugin of Clustrix sees: the interfaces it implements and the values it is handed.
 *
 * <p>A tour in one page. The user's function is a {@linkplain io.clustrix.spi.Work work}; with its resources and
 * options it becomes a {@link io.clustrix.spi.Job}. An {@link io.clustrix.spi.Executor} runs jobs and tells everything
 * that happens to a {@link io.clustrix.spi.JobListener}. Executors for systems that are commands (Slurm, PBS, Grid
 * Engine) need not be written at all: a {@link io.clustrix.spi.SchedulerDialect} of about a hundred lines, pure
 * functions between values and text, is turned into an executor by core. A {@link io.clustrix.spi.Host} is the only
 * door to the outside, an {@link io.clustrix.spi.EnvironmentProvisioner} makes a place where the worker can run, a
 * {@link io.clustrix.spi.Serializer} turns values into bytes.
 *
 * <p>Everything is found by {@link java.util.ServiceLoader} through one sub-interface of
 * {@link io.clustrix.spi.Provider} for each kind. Providers are named, must not do I/O, must not start threads and must
 * not throw when they are constructed or asked for their name.
 *
 * <p>Failures are unchecked {@link io.clustrix.spi.ClustrixException}s that say who can mend them, whether trying again
 * helps, and what to do. Nothing in this package is {@code null} unless it is marked so, and nothing here has logic
 * beyond the validation of values.
 */
@NullMarked
package io.clustrix.spi;

import org.jspecify.annotations.NullMarked;

package io.clustrix;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a method on a cluster when it is called through {@link Clustrix#proxy} or on an object that Guice has made with
 * {@code io.clustrix.guice.ClustrixModule}. With it on a class or interface all of its public methods do, and theirs
 * override it attribute by attribute.
 *
 * <p>What is not set comes from the cluster's block of the configuration. The object that the method is called on and
 * the arguments are shipped with each call, and the result comes back as a copy. Attributes are checked when the proxy
 * or the object is made, not when the method is called.
 *
 * <pre>{@code
 * interface Simulation {
 *     @Cluster(cores = 8, memory = "16GB", time = "01:30:00", partition = "compute")
 *     double[] run(Parameters p);
 *
 *     @Cluster(cluster = "hpc")
 *     CompletableFuture<Report> analyse(Path data); // returns at once
 * }
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Cluster {

    /** The value of a number that is not set. */
    int UNSET = Integer.MIN_VALUE;

    /** The name of the cluster; empty for the default one. */
    String cluster() default "";

    /** Processor cores, at least 1. */
    int cores() default UNSET;

    /** Memory in all, a number and a unit as {@link io.clustrix.spi.Memory#parse} reads it. */
    String memory() default "";

    /** How long one attempt may run, as {@link io.clustrix.spi.Walltime#parse} reads it. */
    String time() default "";

    /** The partition, as Slurm calls a queue; not together with {@link #queue}. */
    String partition() default "";

    /** The queue, as PBS and Grid Engine call it; not together with {@link #partition}. */
    String queue() default "";

    /** Graphics processors, at least 1. */
    int gpus() default UNSET;

    /** Nodes, at least 1. */
    int nodes() default UNSET;

    /** The account or project that is charged. */
    String account() default "";

    /**
     * The scheduler's own options by their long names without dashes: {@code "constraint=avx512"}, or
     * {@code "exclusive"} for a flag.
     */
    String[] options() default {};

    /**
     * How long a whole call may take, waiting in a queue included: as {@link #time}, or milliseconds as {@code 500ms}.
     */
    String timeout() default "";

    /** What people call the job; if not set, class and method. */
    String name() default "";
}

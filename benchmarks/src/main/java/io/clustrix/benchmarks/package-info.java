/**
 * Measurements of Clustrix beside other ways to run a function elsewhere.
 *
 * <p>{@link io.clustrix.benchmarks.LocalBenchmark} asks contenders, each a process of its own, to run rounds of a trial
 * in turn, and measures their CPU time from outside. {@code docs/benchmarks.md} tells what is measured and how.
 */
@NullMarked
package io.clustrix.benchmarks;

import org.jspecify.annotations.NullMarked;

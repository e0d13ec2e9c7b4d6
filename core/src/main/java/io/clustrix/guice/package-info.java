/**
 * For applications that use Guice: {@link io.clustrix.guice.ClustrixModule} makes the methods annotated with
 * {@link io.clustrix.Cluster} of injected objects run on their clusters.
 */
@NullMarked
package io.clustrix.guice;

import org.jspecify.annotations.NullMarked;

/**
 * The composition root: puts configuration, plugins, codec and class path together.
 *
 * <p>It is written by hand. Everything that there is to wire are four objects, and {@code Clustrix.open()} must not
 * cost the 0.2 s that Guice takes to start; applications that use Guice anyway get a module in
 * {@code io.clustrix.guice}.
 */
@NullMarked
package io.clustrix.internal.wiring;

import org.jspecify.annotations.NullMarked;

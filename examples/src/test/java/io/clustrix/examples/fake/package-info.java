/** A scheduler for tests; docs/fake-schedulers.md shows it. */
@NullMarked
package io.clustrix.examples.fake;

import org.jspecify.annotations.NullMarked;

/** Clustrix on the schedulers of the test kit, on this machine. */
@NullMarked
package io.clustrix.it.fake;

import org.jspecify.annotations.NullMarked;

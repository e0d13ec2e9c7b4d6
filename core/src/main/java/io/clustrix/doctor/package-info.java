/** Checks whether jobs can run on a cluster, and says what to mend. {@link io.clustrix.Clustrix#doctor} gives it. */
@NullMarked
package io.clustrix.doctor;

import org.jspecify.annotations.NullMarked;

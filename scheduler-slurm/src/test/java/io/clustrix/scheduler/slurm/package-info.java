/** Tests of Slurm's language. */
@NullMarked
package io.clustrix.scheduler.slurm;

import org.jspecify.annotations.NullMarked;

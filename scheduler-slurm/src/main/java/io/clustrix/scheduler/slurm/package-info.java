/** The language of the Slurm scheduler. */
@NullMarked
package io.clustrix.scheduler.slurm;

import org.jspecify.annotations.NullMarked;

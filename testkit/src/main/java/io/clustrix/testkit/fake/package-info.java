/**
 * Schedulers that need no installation: the commands of Slurm, Grid Engine and OpenPBS, which run jobs as processes.
 */
@NullMarked
package io.clustrix.testkit.fake;

import org.jspecify.annotations.NullMarked;

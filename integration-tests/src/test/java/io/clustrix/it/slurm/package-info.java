/** What becomes of jobs on a real Slurm behind a real sshd. */
@NullMarked
package io.clustrix.it.slurm;

import org.jspecify.annotations.NullMarked;

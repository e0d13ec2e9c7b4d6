/** What becomes of jobs on a real Grid Engine behind a real sshd. */
@NullMarked
package io.clustrix.it.sge;

import org.jspecify.annotations.NullMarked;

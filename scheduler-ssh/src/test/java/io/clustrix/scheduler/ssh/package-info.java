/** Tests of hosts without a scheduler. */
@NullMarked
package io.clustrix.scheduler.ssh;

import org.jspecify.annotations.NullMarked;

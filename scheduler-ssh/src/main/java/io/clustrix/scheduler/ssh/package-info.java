/** Jobs on a host that has no scheduler: processes in sessions of their own. */
@NullMarked
package io.clustrix.scheduler.ssh;

import org.jspecify.annotations.NullMarked;

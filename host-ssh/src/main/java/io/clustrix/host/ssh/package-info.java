/** Hosts that are reached by SSH. */
@NullMarked
package io.clustrix.host.ssh;

import org.jspecify.annotations.NullMarked;

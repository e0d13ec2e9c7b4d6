/** Jobs on real hosts when something between the driver and them fails: the driver itself, the link, the scheduler. */
@NullMarked
package io.clustrix.it.remote;

import org.jspecify.annotations.NullMarked;

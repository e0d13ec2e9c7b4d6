/** Jobs on real hosts when something between the driver and them fails: the driver itself, the link, the scheduler. */
@NullMarked
package io.clustrix.it.shell;

import org.jspecify.annotations.NullMarked;

/** The language of the Grid Engine scheduler. */
@NullMarked
package io.clustrix.scheduler.sge;

import org.jspecify.annotations.NullMarked;

/** Tests of Grid Engine's language. */
@NullMarked
package io.clustrix.scheduler.sge;

import org.jspecify.annotations.NullMarked;

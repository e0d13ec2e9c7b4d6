/** Tests of the language of PBS. */
@NullMarked
package io.clustrix.scheduler.pbs;

import org.jspecify.annotations.NullMarked;

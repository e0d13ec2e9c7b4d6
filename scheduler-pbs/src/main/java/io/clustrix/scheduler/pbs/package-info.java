/** The language of OpenPBS, PBS Professional and Torque. */
@NullMarked
package io.clustrix.scheduler.pbs;

import org.jspecify.annotations.NullMarked;

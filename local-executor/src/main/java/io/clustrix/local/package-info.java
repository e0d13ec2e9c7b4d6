/**
 * Runs jobs on this machine: on threads of the caller's JVM, or in warm worker processes.
 *
 * <p>Which of the two is decided for each job from what can be known beforehand (requirements B1 to B6): can the
 * function and its arguments be serialized, and does the function's bytecode show I/O or waiting.
 */
@NullMarked
package io.clustrix.local;

import org.jspecify.annotations.NullMarked;

/** Programs to copy. */
@NullMarked
package io.clustrix.examples;

import org.jspecify.annotations.NullMarked;

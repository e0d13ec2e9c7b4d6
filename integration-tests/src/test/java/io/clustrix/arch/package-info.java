/** Holds the modules and packages to the shape that ARCHITECTURE.md gives them. */
@NullMarked
package io.clustrix.arch;

import org.jspecify.annotations.NullMarked;

/** The dialect that docs/writing-plugins.md explains. */
@NullMarked
package io.clustrix.examples.background;

import org.jspecify.annotations.NullMarked;

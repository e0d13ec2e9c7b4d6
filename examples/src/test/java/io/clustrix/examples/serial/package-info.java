/** A complete plugin, as small as it can be; docs/writing-plugins.md shows it. */
@NullMarked
package io.clustrix.examples.serial;

import org.jspecify.annotations.NullMarked;

/** Tests of the SPI's values. */
@NullMarked
package io.clustrix.spi;

import org.jspecify.annotations.NullMarked;

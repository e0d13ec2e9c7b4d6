/** Values to bytes and back in the driver, and what to say when a value can't be shipped. */
@NullMarked
package io.clustrix.internal.codec;

import org.jspecify.annotations.NullMarked;

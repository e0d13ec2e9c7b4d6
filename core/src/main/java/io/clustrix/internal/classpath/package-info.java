/** Where the driver's classes come from. */
@NullMarked
package io.clustrix.internal.classpath;

import org.jspecify.annotations.NullMarked;

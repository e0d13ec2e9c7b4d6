/** Brings the driver's class path to a host: which files, named by content, and the store there that keeps them. */
@NullMarked
package io.clustrix.internal.staging;

import org.jspecify.annotations.NullMarked;

/** How core makes its threads. */
@NullMarked
package io.clustrix.internal.threads;

import org.jspecify.annotations.NullMarked;

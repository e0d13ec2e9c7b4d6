/** The local executor as its user sees it: the whole library, with real threads and real worker processes. */
@NullMarked
package io.clustrix.it;

import org.jspecify.annotations.NullMarked;

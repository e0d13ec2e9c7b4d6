/** What schedulers do, without any class of Clustrix's: the same on real ones and on their fakes. */
@NullMarked
package io.clustrix.it.semantics;

import org.jspecify.annotations.NullMarked;

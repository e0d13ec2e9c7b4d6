/**
 * What a driver must know again after it was killed: an append-only journal, and the lock of the directory it is in.
 */
@NullMarked
package io.clustrix.internal.journal;

import org.jspecify.annotations.NullMarked;

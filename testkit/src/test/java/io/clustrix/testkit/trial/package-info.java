/** Executors that are broken on purpose, to try the contract on. */
@NullMarked
package io.clustrix.testkit.trial;

import org.jspecify.annotations.NullMarked;

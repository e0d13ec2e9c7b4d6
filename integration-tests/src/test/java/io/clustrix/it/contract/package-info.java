/** Our own executors, held against the contract that the test kit has for everybody's. */
@NullMarked
package io.clustrix.it.contract;

import org.jspecify.annotations.NullMarked;

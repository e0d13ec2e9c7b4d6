/** Our own plugins and parts that the test kit's modules can't test themselves, held against the contracts of all. */
@NullMarked
package io.clustrix.it.contract;

import org.jspecify.annotations.NullMarked;

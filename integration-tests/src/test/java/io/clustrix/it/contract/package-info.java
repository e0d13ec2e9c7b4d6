/** Our own parts that the test kit's contracts are for, and that the test kit itself depends on. */
@NullMarked
package io.clustrix.it.contract;

import org.jspecify.annotations.NullMarked;

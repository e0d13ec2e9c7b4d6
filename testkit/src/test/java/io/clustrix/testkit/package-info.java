/** Tests of the contracts: sound plugins keep them, and each broken one fails where it should. */
@NullMarked
package io.clustrix.testkit;

import org.jspecify.annotations.NullMarked;

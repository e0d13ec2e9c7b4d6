/** Contracts that certify plugins: a plugin's test extends one of the abstract classes and gives it what to try. */
@NullMarked
package io.clustrix.testkit;

import org.jspecify.annotations.NullMarked;

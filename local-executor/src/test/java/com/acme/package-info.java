/**
 * What a user of Clustrix might have written: to be looked at by the tests of {@code io.clustrix.local}, never to be
 * run.
 */
@NullMarked
package com.acme;

import org.jspecify.annotations.NullMarked;

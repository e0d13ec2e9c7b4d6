/** Tests of the command line. */
@NullMarked
package io.clustrix.cli;

import org.jspecify.annotations.NullMarked;

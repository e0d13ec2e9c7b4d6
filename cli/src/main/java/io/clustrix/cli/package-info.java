/**
 * The command {@code clustrix}. Each command is a class of its own, which is made only if it is called; what they show
 * they have from the public API of core. A further command is a {@link io.clustrix.cli.Subcommand} and a line in
 * {@link io.clustrix.cli.Commands}.
 */
@NullMarked
package io.clustrix.cli;

import org.jspecify.annotations.NullMarked;

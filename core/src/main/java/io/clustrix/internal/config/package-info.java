/**
 * Where settings come from and how they become records.
 *
 * <p>{@link io.clustrix.internal.config.ConfigurationLoader} lays the sources over each other, from every module's
 * {@code reference.conf} up to what the program itself says, and gives a
 * {@link io.clustrix.internal.config.Configuration}. Nothing in it is guessed and nothing is ignored (requirement
 * W-E3): an unknown key, a wrong value or a missing one is told with file and line, all of them at once. A secret
 * neither comes from a file nor gets into a message (requirement W-F).
 *
 * <p>Nothing here reads the process's environment but {@link io.clustrix.internal.config.Surroundings#ofProcess()},
 * nothing is kept between two loads, and nothing knows which plugins there are but through
 * {@link io.clustrix.internal.config.ExecutorPlugins}.
 */
@NullMarked
package io.clustrix.internal.config;

import org.jspecify.annotations.NullMarked;

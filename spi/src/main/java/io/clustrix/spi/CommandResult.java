package io.clustrix.spi;

import java.time.Duration;

/**
 * What a command answered. An empty output is not a success and an output on stderr is not a failure (requirement B16).
 *
 * @param command what was run
 * @param exit its exit code; 128 + n if signal n ended it
 * @param out its standard output, at most as much as the host keeps
 * @param err its standard error, at most as much as the host keeps
 * @param took how long it ran
 */
public record CommandResult(Command command, int exit, String out, String err, Duration took) {}

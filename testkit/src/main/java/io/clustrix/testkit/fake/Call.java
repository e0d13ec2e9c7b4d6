package io.clustrix.testkit.fake;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One call of a command.
 *
 * @param program its name
 * @param words its arguments
 * @param directory where it was called
 * @param environment the caller's variables
 * @param input its standard input, which is read when it is asked for
 */
record Call(
        String program, List<String> words, Path directory, Map<String, String> environment, Supplier<byte[]> input) {}

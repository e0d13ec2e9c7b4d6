package io.clustrix.testkit.fake;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How an element's process is started.
 *
 * @param command its words
 * @param input what it reads; empty: nothing
 * @param directory where it runs
 * @param environment all of its variables
 * @param out where its standard output goes
 * @param err where its standard error goes; empty: to its output
 * @param append whether what is there stays
 */
record Launch(
        List<String> command,
        Optional<Path> input,
        Path directory,
        Map<String, String> environment,
        Path out,
        Optional<Path> err,
        boolean append) {}

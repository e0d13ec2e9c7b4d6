package io.clustrix.testkit.fake;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a job asks for.
 *
 * @param name its name
 * @param script the text of its script, or the command's words
 * @param binary whether it is a command
 * @param arguments of the script
 * @param directory where it was submitted
 * @param environment what it is started with, before the scheduler's own variables
 * @param slots how many it takes for each element
 * @param walltime how long it may run
 * @param rerun whether it may be started again when it is lost
 * @param held whether it waits until it is released
 * @param notBefore when it may start
 * @param indices of an array; empty if it is none
 * @param most how many elements of an array may run at once; 0: all
 * @param options the scheduler's options as they were given, and what follows from them
 * @param never why it will never start; empty if it may
 */
record Submission(
        String name,
        String script,
        boolean binary,
        List<String> arguments,
        Path directory,
        Map<String, String> environment,
        int slots,
        Optional<Duration> walltime,
        boolean rerun,
        boolean held,
        Optional<Instant> notBefore,
        List<Integer> indices,
        int most,
        Map<String, String> options,
        String never) {}

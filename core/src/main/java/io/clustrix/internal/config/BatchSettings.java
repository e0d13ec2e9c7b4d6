package io.clustrix.internal.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The keys that every cluster with a scheduler's dialect has; {@code reference.conf} describes them.
 *
 * @param host where the scheduler's commands run; absent: this machine
 * @param transport the plugin that reaches the host
 * @param workDirectory on the host; begins with {@code /} or {@code ~/}
 * @param environment what workers run in
 * @param mapElements how many array elements a map makes at most if its chunks were given no size
 * @param concurrentElements how many elements of an array may run at once
 * @param submitsPerMinute the most submissions within a minute
 * @param requeue whether the scheduler may start a job again by itself when its node is lost
 * @param poll how often is asked
 * @param retry what is tried again
 * @param patience how long is waited for what should come
 * @param cleanUp when a job's files are removed from the host
 * @param keepFor after which time what is left behind is removed regardless
 * @param onClose what becomes of unfinished jobs when the Clustrix is closed
 * @param lease how long jobs go on without a driver; absent: to their end
 */
public record BatchSettings(
        Optional<String> host,
        String transport,
        String workDirectory,
        EnvironmentSettings environment,
        int mapElements,
        OptionalInt concurrentElements,
        int submitsPerMinute,
        boolean requeue,
        Poll poll,
        Retry retry,
        Patience patience,
        CleanUp cleanUp,
        Duration keepFor,
        OnClose onClose,
        Optional<Duration> lease) {

    /** When a job's files are removed from the host. */
    public enum CleanUp {
        /** When all results are here and all are good. */
        ON_SUCCESS,
        /** When all results are here, good or not. */
        ALWAYS,
        /** Not by this program. */
        NEVER
    }

    /** What becomes of unfinished jobs. */
    public enum OnClose {
        /** They are cancelled. */
        CANCEL,
        /** They go on, and their run can be attached to. */
        DETACH
    }

    /**
     * What workers run in.
     *
     * @param provisioner the plugin that finds or makes it
     * @param timeout how long that may take before the basic one is asked
     * @param fallback the basic one's own limit
     * @param properties options of the plugin
     * @param java which Java runs the user's code: a version, a path, {@code any}, {@code same} or {@code shipped};
     *     absent: any that fits
     * @param controlJava which Java supervises it, in the same words; absent: none
     * @param prefix words that stand before the Java of the user's code
     * @param checkOnHost whether what the host has tells of the nodes
     * @param classDataSharing whether workers keep an archive of their classes for quick starts
     * @param jvmOptions options of the workers' JVM
     * @param modules environment modules that are loaded first
     * @param setup lines of POSIX shell that are run before
     * @param variables environment variables
     */
    public record EnvironmentSettings(
            String provisioner,
            Duration timeout,
            Fallback fallback,
            Map<String, String> properties,
            Optional<String> java,
            Optional<String> controlJava,
            List<String> prefix,
            boolean checkOnHost,
            boolean classDataSharing,
            List<String> jvmOptions,
            List<String> modules,
            List<String> setup,
            Map<String, String> variables) {

        /**
         * The basic provisioner, where it stands in for another one.
         *
         * @param timeout how long it may take
         */
        public record Fallback(Duration timeout) {
            /** Checks that it may take some time. */
            public Fallback {
                if (timeout.compareTo(Duration.ofSeconds(1)) < 0) {
                    throw new IllegalArgumentException("timeout must be at least 1s");
                }
            }
        }

        /** Checks what ends up in a script. */
        public EnvironmentSettings {
            if (timeout.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("timeout must be at least 1s");
            }
            java.ifPresent(j -> checkJava("java", j));
            controlJava.ifPresent(j -> checkJava("control-java", j));
            if (prefix.stream().anyMatch(w -> w.isEmpty() || w.chars().anyMatch(Character::isISOControl))) {
                throw new IllegalArgumentException("prefix: a word is empty or has a control character");
            }
            variables.forEach((name, value) -> {
                if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                    throw new IllegalArgumentException(
                            "variables: '" + name + "' is not of the form [A-Za-z_][A-Za-z0-9_]*");
                }
                if (value.indexOf('\0') >= 0) {
                    throw new IllegalArgumentException("variables: the value of " + name + " has a NUL character");
                }
            });
            for (String module : modules) {
                if (!module.matches("[A-Za-z0-9][A-Za-z0-9_.+/@:=-]*")) {
                    throw new IllegalArgumentException("modules: '" + module + "' is no name of a module");
                }
            }
            for (String option : jvmOptions) {
                if (!option.startsWith("-") || option.matches("-(cp|classpath|-class-path|jar|m|-module)(=.*)?")) {
                    throw new IllegalArgumentException("jvm-options: '" + option + "' is no option of a worker's JVM");
                }
            }
        }

        /** The same, asking for no certain Java. */
        public EnvironmentSettings withAnyJava() {
            return new EnvironmentSettings(
                    provisioner,
                    timeout,
                    fallback,
                    properties,
                    Optional.empty(),
                    controlJava,
                    prefix,
                    checkOnHost,
                    classDataSharing,
                    jvmOptions,
                    modules,
                    setup,
                    variables);
        }

        private static void checkJava(String key, String text) {
            if (!text.matches("/.*|[1-9][0-9]{0,2}\\+?|any|same|shipped")
                    || text.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        key + ": '" + text + "' is neither a version (17, or 17+ for that or a"
                                + " newer one) nor the absolute path of a java, 'any', 'same' (the driver's version) or 'shipped'"
                                + " (a copy of the driver's own)");
            }
        }
    }

    /**
     * How often is asked.
     *
     * @param resultsMin the shortest time between two looks for results
     * @param resultsMax the longest
     * @param statusMin the shortest time between two questions to the scheduler
     * @param statusMax the longest
     * @param statusPerMinute the most questions to the scheduler within a minute, of any kind
     */
    public record Poll(
            Duration resultsMin, Duration resultsMax, Duration statusMin, Duration statusMax, int statusPerMinute) {
        /** Checks the order. */
        public Poll {
            if (resultsMin.compareTo(Duration.ofMillis(10)) < 0 || resultsMax.compareTo(resultsMin) < 0) {
                throw new IllegalArgumentException(
                        "results-min must be at least 10ms and results-max no less than results-min");
            }
            if (statusMin.compareTo(Duration.ofMillis(100)) < 0 || statusMax.compareTo(statusMin) < 0) {
                throw new IllegalArgumentException(
                        "status-min must be at least 100ms and status-max no less than status-min");
            }
            if (statusPerMinute < 1) {
                throw new IllegalArgumentException("status-per-minute must be at least 1");
            }
        }
    }

    /**
     * What is tried again.
     *
     * @param attempts how often an element is submitted at most
     * @param nodeFailure whether a lost node or worker process is a reason
     * @param preemption whether pre-emption is a reason; it does not count as an attempt
     * @param exceptions how often a task is called again, in the same worker, that has thrown an exception
     * @param outOfMemory whether too little memory is a reason, with more memory then
     * @param walltime whether too little time is a reason, with more time then
     * @param memoryFactor by what the memory is multiplied
     * @param walltimeFactor by what the time is multiplied
     * @param delay how long is waited before the first further attempt; doubled each time
     */
    public record Retry(
            int attempts,
            boolean nodeFailure,
            boolean preemption,
            int exceptions,
            boolean outOfMemory,
            boolean walltime,
            double memoryFactor,
            double walltimeFactor,
            Duration delay) {
        /** Checks the numbers. */
        public Retry {
            if (attempts < 1 || attempts > 1000) {
                throw new IllegalArgumentException("attempts must be 1 to 1000, not " + attempts);
            }
            if (exceptions < 0 || exceptions > 1000) {
                throw new IllegalArgumentException("exceptions must be 0 to 1000, not " + exceptions);
            }
            if (memoryFactor < 1 || memoryFactor > 100) {
                throw new IllegalArgumentException("memory-factor must be 1 to 100, not " + memoryFactor);
            }
            if (walltimeFactor < 1 || walltimeFactor > 100) {
                throw new IllegalArgumentException("walltime-factor must be 1 to 100, not " + walltimeFactor);
            }
        }
    }

    /**
     * How long is waited for what should come.
     *
     * @param command for the answer of a command of the scheduler
     * @param upload for the upload of a class path or of a large job
     * @param find for a submission whose answer was lost to be found, before it is repeated
     * @param result for a result to be seen after the scheduler says that its job has ended well: shared file systems
     *     show new files late
     * @param unknown for a job to turn up again that the scheduler does not know (any more)
     * @param hopeless for a job that waits for what can't come
     */
    public record Patience(
            Duration command, Duration upload, Duration find, Duration result, Duration unknown, Duration hopeless) {
        /** Checks that commands may take some time. */
        public Patience {
            if (command.compareTo(Duration.ofSeconds(1)) < 0 || upload.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("command and upload must be at least 1s");
            }
        }
    }

    /** Checks the values. */
    public BatchSettings {
        if (!workDirectory.startsWith("/") && !workDirectory.startsWith("~/")) {
            throw new IllegalArgumentException("work-directory must begin with / or ~/, not '" + workDirectory + "'");
        }
        if (workDirectory.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("work-directory has a control character");
        }
        if (mapElements < 1) {
            throw new IllegalArgumentException("map-elements must be at least 1, not " + mapElements);
        }
        if (concurrentElements.isPresent() && concurrentElements.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "concurrent-elements must be at least 1, not " + concurrentElements.getAsInt());
        }
        if (lease.isPresent() && lease.get().compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("lease must be at least 1s");
        }
        if (lease.isPresent() && onClose == OnClose.DETACH) {
            throw new IllegalArgumentException("lease ends jobs that have no driver, and on-close = detach lets them go"
                    + " on; remove one of the two");
        }
        if (submitsPerMinute < 1) {
            throw new IllegalArgumentException("submits-per-minute must be at least 1, not " + submitsPerMinute);
        }
    }
}

package io.clustrix.testkit;

/** What the contract of executors tries, in the order of the table of results. */
enum Scenario {
    RESULTS("results"),
    EXCEPTIONS("exceptions"),
    FOREIGN_EXCEPTIONS("foreign exceptions"),
    MAPS("maps"),
    FAIL_FAST("fail fast"),
    THOUSAND("1,000 tasks"),
    MANY_THREADS("many threads"),
    CANCEL("cancel"),
    CANCEL_RUNNING("cancel running"),
    TIMEOUT("timeout"),
    WALLTIME("walltime"),
    MEMORY("memory"),
    EXIT("exit"),
    CRASH("crash"),
    OUTPUT("output"),
    REATTACH("reattach"),
    NAMES("hostile names"),
    VARIABLES("variables"),
    DIRECTORY("directory"),
    CLOSE("close"),
    LISTENERS("listeners");

    /** Its name in the table. */
    final String word;

    Scenario(String word) {
        this.word = word;
    }

    /**
     * Returns if all is as it must be.
     *
     * @throws NotSupportedException if the executor does not claim to do it, and is as it must be then
     */
    void play(Bench bench) throws Exception {
        switch (this) {
            case RESULTS -> Values.results(bench);
            case EXCEPTIONS -> Failures.exceptions(bench);
            case FOREIGN_EXCEPTIONS -> Failures.foreign(bench);
            case MAPS -> Values.maps(bench);
            case FAIL_FAST -> Failures.first(bench);
            case THOUSAND -> Values.thousand(bench);
            case MANY_THREADS -> Values.threads(bench);
            case CANCEL -> Endings.cancel(bench);
            case CANCEL_RUNNING -> Endings.cancelRunning(bench);
            case TIMEOUT -> Endings.timeout(bench);
            case WALLTIME -> Endings.walltime(bench);
            case MEMORY -> Endings.memory(bench);
            case EXIT -> Endings.exit(bench);
            case CRASH -> Endings.crash(bench);
            case OUTPUT -> Told.output(bench);
            case REATTACH -> Drivers.reattach(bench);
            case NAMES -> Surroundings.names(bench);
            case VARIABLES -> Surroundings.variables(bench);
            case DIRECTORY -> Surroundings.directory(bench);
            case CLOSE -> Drivers.close(bench);
            case LISTENERS -> Told.once(bench);
        }
    }
}

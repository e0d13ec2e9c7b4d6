package io.clustrix.testkit;

/** What the contract of executors tries, in the order of the table of results. */
enum Scenario {
    RESULTS("results", "values, null, void, records, and megabytes come back as they are", Values::results),
    EXCEPTIONS(
            "exceptions",
            "what a task throws arrives with its type, message, cause and remote stack trace",
            Failures::exceptions),
    FOREIGN_EXCEPTIONS(
            "foreign exceptions",
            "exceptions that can't be sent, or whose class only the worker has, look like themselves",
            Failures::foreign),
    MAPS("maps", "results of a map are in order, with holes where tasks failed; each task runs once", Values::maps),
    FAIL_FAST(
            "fail fast", "the first failure of a map ends it, and what had not started never starts", Failures::first),
    THOUSAND("1,000 tasks", "all results are right, and each is told once", Values::thousand),
    MANY_THREADS("many threads", "threads that submit at the same time each get their own results", Values::threads),
    CANCEL(
            "cancel",
            "a job is cancelled at once, before it starts, while it waits and runs, and not once it ended",
            Endings::cancel),
    CANCEL_RUNNING(
            "cancel running",
            "what is cancelled while it runs ends, even if it ignores interrupts",
            Endings::cancelRunning),
    TIMEOUT("timeout", "a call that takes longer than its timeout fails as that", Endings::timeout),
    WALLTIME("walltime", "a task that runs longer than its walltime is ended, and fails as that", Endings::walltime),
    MEMORY("memory", "a task that takes more memory than it asked for fails as that, alone", Endings::memory),
    EXIT("exit", "System.exit and Runtime.halt fail their own task, alone, with the exit code", Endings::exit),
    CRASH("crash", "a worker that is killed takes no other task with it", Endings::crash),
    OUTPUT("output", "what a task prints reaches its listener, in order, with all its characters", Told::output),
    REATTACH("reattach", "a driver is killed, and another one gets all results; nothing runs twice", Drivers::reattach),
    NAMES(
            "hostile names",
            "names and arguments of all kinds arrive as they are, and nothing in them is run",
            Surroundings::names),
    VARIABLES("variables", "environment variables of all kinds arrive as they are", Surroundings::variables),
    DIRECTORY("directory", "the task runs in the working directory that was asked for", Surroundings::directory),
    CLOSE(
            "close",
            "close() cancels what is unfinished and leaves no thread, process or file; then nothing is taken",
            Drivers::close),
    LISTENERS(
            "listeners",
            "through all of this each task and each job was told its end once, in the right order",
            Told::once);

    /** Its name in the table. */
    final String word;

    /** What must be so, in one sentence. */
    final String sentence;

    final Script script;

    Scenario(String word, String sentence, Script script) {
        this.word = word;
        this.sentence = sentence;
        this.script = script;
    }

    /** What is done and looked at. */
    @FunctionalInterface
    interface Script {
        /**
         * Returns if all is as it must be.
         *
         * @throws NotSupportedException if the executor does not claim to do it, and is as it must be then
         */
        void run(Bench bench) throws Exception;
    }
}

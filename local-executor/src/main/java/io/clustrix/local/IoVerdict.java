package io.clustrix.local;

/** What the bytecode of a function says about I/O and waiting (requirements B4, B5). */
sealed interface IoVerdict {

    /**
     * The function does I/O or waits: it is run on a thread.
     *
     * @param indicator the call that says so and the way to it, such as {@code java.nio.file.Files.readString, called
     *     by com.acme.Loader.load (Loader.java:42), reached from com.acme.Job.lambda$run$0}
     */
    record Found(String indicator) implements IoVerdict {}

    /** No indicator within the limits of the scan. */
    record None() implements IoVerdict {}

    /**
     * The bytecode could not be read. No error: the decision goes on without it.
     *
     * @param why the reason, for a debug log or {@code explain}
     */
    record Unknown(String why) implements IoVerdict {}
}

package io.clustrix.worker;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The main class of a control runtime: starts the Java that runs the user's code as a child process, in a container
 * perhaps, and turns its end into one that tells what happened. It exits with the child's code, as a shell would: 128 +
 * n if signal n ended it. But a child that ends before its worker has written anything did not start, whatever its code
 * says (a container's own codes look like signals); then it exits with {@value #EXIT_NOT_STARTED}.
 *
 * <p>A TERM that it gets goes to the child, which is waited for. The standard streams are the child's. None of the
 * user's classes is loaded here, so the two may run in different Javas, and no flag of one is a flag of the other.
 */
public final class Supervisor {
    /** Exit code: the child's worker did not start. */
    public static final int EXIT_NOT_STARTED = 127;

    /** The variable that tells the child's worker who supervises it. */
    static final String VARIABLE = "CLUSTRIX_SUPERVISOR";

    private static final int SIGNALS = 128;
    private static final int OWN_WORDS = 4;
    private static final long LAST_WAIT_SECONDS = 30;

    private Supervisor() {}

    /**
     * Runs a child.
     *
     * @param args the job's directory, element, attempt, restart, then the words of the child's command
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    @SuppressWarnings("SystemOut") // the scheduler puts standard error into a file
    private static int run(String[] args) {
        if (args.length <= OWN_WORDS) {
            System.err.println("clustrix: a supervisor takes directory, element, attempt, restart and a command");
            return BatchWorker.EXIT_PACK;
        }
        List<String> words = new ArrayList<>();
        for (int i = OWN_WORDS; i < args.length; i++) {
            words.add(args[i]);
        }
        Process child;
        try {
            ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
            builder.environment()
                    .put(VARIABLE, WorkerSetup.javaVersion() + " " + System.getProperty("java.vendor", ""));
            child = builder.start();
        } catch (IOException e) {
            System.err.println("clustrix: the job's runtime can't be started: " + e.getMessage());
            return EXIT_NOT_STARTED;
        }
        Thread end = new Ending(child);
        Runtime.getRuntime().addShutdownHook(end);
        int code = waitFor(child);
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException e) {
            return code; // it is the hook that ends this process
        }
        if (code == 0) {
            return 0;
        }
        boolean started = hasStarted(args);
        System.err.println("clustrix: the job's runtime " + words.get(0)
                + (started ? " ended with " : " did not get so far as to start a worker; it ended with ")
                + (code > SIGNALS && started ? "signal " + (code - SIGNALS) : "exit code " + code));
        return started ? code : known(code);
    }

    /** What the worker itself says by its code stays. */
    private static int known(int code) {
        return code >= BatchWorker.EXIT_PACK && code <= BatchWorker.EXIT_INTERNAL ? code : EXIT_NOT_STARTED;
    }

    private static int waitFor(Process child) {
        while (true) {
            try {
                return child.waitFor();
            } catch (InterruptedException e) {
                // Nobody has a reason to; the child's end is what this process is for.
            }
        }
    }

    /** Whether a worker of this attempt has got so far as to make its file, or has published its results. */
    private static boolean hasStarted(String[] args) {
        if (new File(new File(args[0], BatchWorker.RESULTS), args[1]).exists()) {
            return true;
        }
        String[] names = new File(args[0], BatchWorker.ATTEMPTS).list();
        if (names != null) {
            for (String name : names) {
                if (name.startsWith(args[1] + "." + args[2] + ".") && name.endsWith(".part")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Passes a TERM on, and ends with the child's code. */
    private static final class Ending extends Thread {
        private final Process child;

        Ending(Process child) {
            super("clustrix-supervisor-end");
            this.child = child;
        }

        @Override
        public void run() {
            child.destroy();
            try {
                if (child.waitFor(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    Runtime.getRuntime().halt(child.exitValue());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            child.destroyForcibly();
        }
    }
}

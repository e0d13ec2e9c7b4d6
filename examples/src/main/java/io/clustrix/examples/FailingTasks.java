package io.clustrix.examples;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ErrorPolicy;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Does wrong whatever a task can do wrong, and prints what its caller sees.
 *
 * <p>What it shows: what a task throws reaches the caller as it is, with the stack trace of the worker; a task that
 * takes its worker process with it harms no other; and all that is not the task's own doing is a
 * {@link ClustrixException}, which says who can mend it and how.
 *
 * <p>Run it with {@code ./mvnw -Pdemo -Dexample=FailingTasks}.
 */
public final class FailingTasks {
    private FailingTasks() {}

    public static void main(String[] args) {
        // With "auto" those that sleep would run on threads, and threads can't be killed.
        try (Clustrix clustrix =
                Clustrix.builder().set("clusters.local.mode", "processes").open()) {
            for (Mishap mishap : Mishap.values()) {
                print(mishap, failure(mishap, clustrix), System.out);
            }
            int answer = clustrix.submit(() -> 6 * 7).join();
            System.out.println("And after all that the cluster still works: 6 * 7 = " + answer);
        }
    }

    /** What goes wrong. */
    enum Mishap {
        THROWS("A task throws") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                return cluster.submit(() -> Sample.parse("12.5;north;x")).join();
            }
        },
        FAILS_IN_MAP("One item of many fails, the others go on") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                List<String> lines = List.of("1;north", "2;south", "three;east", "4", "5;west");
                return cluster.withName("samples")
                        .onError(ErrorPolicy.COLLECT)
                        .map(lines, Sample::parse)
                        .join();
            }
        },
        EXITS("A task calls System.exit") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                return cluster.withName("leaver")
                        .submit(() -> {
                            System.err.println("can't go on");
                            System.exit(3);
                        })
                        .join();
            }
        },
        FILLS_MEMORY("A task needs more memory than it has asked for") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                return cluster.withName("hoarder")
                        .withResources(r -> r.memory("64MB"))
                        .submit(() -> {
                            long[] numbers = new long[1_000_000];
                            while (true) {
                                numbers = Arrays.copyOf(numbers, 2 * numbers.length);
                            }
                        })
                        .join();
            }
        },
        TAKES_TOO_LONG("A task does not end in time") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                return cluster.withName("sleeper")
                        .withTimeout(Duration.ofMillis(500))
                        .submit(() -> Thread.sleep(60_000))
                        .join();
            }
        },
        CAPTURES_TOO_MUCH("A task has captured what can't be sent") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                return new Station(8.5).isTooHot(cluster, 9.0).join();
            }
        },
        MISSPELT("The configuration has a mistake") {
            @Override
            @Nullable
            Object cause(Submitter cluster) {
                try (Clustrix other = Clustrix.builder()
                        .set("clusters.local.wrokers", 4)
                        .set("clusters.local.resources.memory", "4 apples")
                        .open()) {
                    return other.cluster();
                }
            }
        };

        private final String title;

        Mishap(String title) {
            this.title = title;
        }

        /** Makes it go wrong: throws. */
        abstract @Nullable Object cause(Submitter cluster);
    }

    /** What the caller sees of a mishap. */
    static Throwable failure(Mishap mishap, Submitter cluster) {
        try {
            return new IllegalStateException(mishap + " went well: " + mishap.cause(cluster));
        } catch (CompletionException e) {
            // Thrown by join(): the cause is the task's own exception, or a ClustrixException.
            return e.getCause() == null ? e : e.getCause();
        } catch (RuntimeException e) {
            // Thrown by submit() itself, or by open(): what the caller did wrong is told at once.
            return e;
        }
    }

    private static void print(Mishap mishap, Throwable failure, PrintStream out) {
        out.println("--- " + mishap.title);
        out.println(failure);
        if (failure instanceof ClustrixException e) {
            out.println(
                    "(to be mended by: " + e.fault() + ", worth another try: " + (e.retryable() ? "yes" : "no") + ")");
        } else {
            // The frames are those of the worker.
            for (int i = 0; i < Math.min(4, failure.getStackTrace().length); i++) {
                out.println("    at " + failure.getStackTrace()[i]);
            }
        }
        out.println();
    }

    /**
     * A measurement.
     *
     * @param degrees how warm it was
     * @param place where
     */
    record Sample(double degrees, String place) {
        /** Reads a line of the form {@code degrees;place}. */
        static Sample parse(String line) throws BadLineException {
            String[] fields = line.split(";", -1);
            if (fields.length != 2) {
                throw new BadLineException(line, fields.length);
            }
            return new Sample(Double.parseDouble(fields[0]), fields[1]);
        }
    }

    /** An exception of the user's own, with a field of its own. */
    static final class BadLineException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int fields;

        BadLineException(String line, int fields) {
            super("'" + line + "' has " + fields + " fields, not 2");
            this.fields = fields;
        }

        int fields() {
            return fields;
        }
    }

    /** Wants to send a number, and sends itself: a lambda that reads a field has captured the whole object. */
    static final class Station {
        private final double limit;
        private final Thread alarm = new Thread(() -> System.out.println("Too hot"), "alarm");

        Station(double limit) {
            this.limit = limit;
        }

        JobFuture<Boolean> isTooHot(Submitter cluster, double degrees) {
            return cluster.submit(() -> degrees > limit);
        }

        void ring() {
            alarm.start();
        }
    }
}

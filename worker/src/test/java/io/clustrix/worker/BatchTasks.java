package io.clustrix.worker;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/** Tasks that {@link BatchWorkerTest} has run in another JVM. */
final class BatchTasks {
    private BatchTasks() {}

    /** Leaves a line in a file for each run of a task. */
    private static void trace(String directory, int number) throws IOException {
        Files.writeString(
                Path.of(directory).resolve("ran-" + number), "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    static RemoteCallable<String> where() {
        return () -> System.getProperty("clustrix.job.key") + " " + System.getProperty("clustrix.job.element") + " "
                + System.getProperty("clustrix.job.attempt") + " " + System.in.read();
    }

    static RemoteFunction<String, String> greet(String greeting) {
        return item -> {
            System.out.println("out: " + item);
            System.err.println("err: " + item);
            System.out.close();
            return greeting + " " + item;
        };
    }

    static RemoteIntFunction<Integer> square(String directory) {
        return n -> {
            trace(directory, n);
            return n * n;
        };
    }

    static RemoteIntFunction<Integer> failing(String directory, int which) {
        return n -> {
            trace(directory, n);
            if (n == which) {
                throw new IllegalStateException("no " + n);
            }
            return n;
        };
    }

    /** Throws unless it is called so often; tells how often it was. */
    static RemoteIntFunction<Integer> secondTime(String directory, int times) {
        return n -> {
            trace(directory, n);
            int ran = Files.readString(Path.of(directory).resolve("ran-" + n)).length();
            if (ran < times) {
                throw new IOException("only " + ran);
            }
            return ran;
        };
    }

    static RemoteCallable<Integer> neverWell(String directory) {
        return () -> {
            trace(directory, 99);
            throw new IOException("time "
                    + Files.readString(Path.of(directory).resolve("ran-99")).length());
        };
    }

    static RemoteIntFunction<Object> unserializable() {
        return n -> n == 1 ? new CountDownLatch(1) : "fine";
    }

    static RemoteIntFunction<Integer> exiting(String directory, int which) {
        return n -> {
            trace(directory, n);
            if (n == which) {
                System.exit(3);
            }
            return n;
        };
    }

    /** Sleeps for ever in one of them, unless a file is there. */
    static RemoteIntFunction<Integer> hanging(String directory, int which) {
        return n -> {
            trace(directory, n);
            if (n == which) {
                Files.writeString(Path.of(directory).resolve("hangs"), "");
                while (!Files.exists(Path.of(directory).resolve("go"))) {
                    Thread.sleep(20);
                }
            }
            return n;
        };
    }

    static RemoteIntFunction<Integer> slow() {
        return n -> {
            Thread.sleep(20);
            return n;
        };
    }

    static RemoteIntFunction<Object> hungry() {
        return n -> n == 1 ? new long[Integer.MAX_VALUE - 8].length : n;
    }

    static RemoteCallable<byte[]> large(int bytes) {
        return () -> {
            byte[] b = new byte[bytes];
            b[bytes - 1] = 42;
            return b;
        };
    }

    static RemoteCallable<String> leavesThread() {
        return () -> {
            Thread t = new Thread(() -> {
                try {
                    Thread.sleep(100_000);
                } catch (InterruptedException e) {
                    // ends
                }
            });
            t.start();
            Thread.currentThread().interrupt();
            return "done";
        };
    }
}

package io.clustrix.internal.batch;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteIntFunction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What the tests have computed; it needs no more than the JDK and the SPI. */
final class Tasks {
    private Tasks() {}

    static RemoteCallable<Object> answer() {
        return () -> 42;
    }

    static RemoteIntFunction<Object> square() {
        return n -> n * n;
    }

    static RemoteIntFunction<Object> exitAt(int... numbers) {
        return n -> {
            if (Arrays.stream(numbers).anyMatch(m -> m == n)) {
                System.exit(3);
            }
            return n;
        };
    }

    static RemoteIntFunction<Object> failAt(int number) {
        return n -> {
            if (n == number) {
                throw new IllegalStateException("number " + n);
            }
            return n;
        };
    }

    /** Waits until there is a file, a minute at most. */
    static RemoteCallable<Object> waitFor(String file) {
        return () -> {
            for (int i = 0; i < 6000 && !Files.exists(Path.of(file)); i++) {
                Thread.sleep(10);
            }
            return "seen";
        };
    }

    static RemoteCallable<Object> large(int bytes) {
        return () -> new byte[bytes];
    }
}

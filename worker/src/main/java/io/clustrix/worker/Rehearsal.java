package io.clustrix.worker;

import io.clustrix.spi.RemoteCallable;
import java.util.List;

/** Small tasks that make a worker load what every worker needs, so that an archive of its classes can be made. */
public final class Rehearsal {
    private Rehearsal() {}

    /** A task that has captured a bit of everything, and prints. */
    public static RemoteCallable<Object> call(int number, String text, List<Double> list) {
        return () -> {
            System.out.println(text);
            return new Object[] {number, text, list.get(0), new int[] {number}};
        };
    }

    /** A task that throws. */
    public static RemoteCallable<Object> failure(String text) {
        return () -> {
            throw new IllegalStateException(text);
        };
    }
}

package io.clustrix.benchmarks;

import java.io.Serializable;
import java.util.concurrent.Callable;

/**
 * The call that all contenders run: it captures an int and an array of 60 zero bytes, and returns the int.
 *
 * <p>Clustrix and the thread pools are given it as a lambda, which is what people write. Here it is a class, for those
 * that ship the class's name.
 */
final class SmallCall implements Callable<Integer>, Serializable {
    static final int BYTES = 60;
    private static final long serialVersionUID = 1L;

    private final byte[] data;
    private final int x;

    SmallCall(byte[] data, int x) {
        this.data = data;
        this.x = x;
    }

    @Override
    public Integer call() {
        return data[0] + x;
    }

    /** A quick contender that answers wrongly is no contender. */
    static void check(int expected, int actual) {
        if (actual != expected) {
            throw new IllegalStateException("the result should be " + expected + " and is " + actual);
        }
    }
}

package io.clustrix.benchmarks;

import java.io.IOException;

/** The least that a JVM can do: it says a word and waits to be let go. */
public final class HelloProgram {
    private HelloProgram() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        System.out.println("hello");
        int unused = System.in.read();
    }
}

package io.clustrix.benchmarks;

import io.clustrix.Clustrix;
import java.io.IOException;
import java.nio.file.Path;

/** A user's whole program: one call in a worker process. It prints the result and waits to be let go. */
public final class DriverProgram {
    private DriverProgram() {}

    /** The argument is the cache directory. */
    public static void main(String[] args) throws IOException {
        int x = 41;
        try (Clustrix clustrix = ClustrixContender.open("processes", Path.of(args[0]), 1)) {
            System.out.println(clustrix.submit(() -> x + 1).join());
            int unused = System.in.read();
        }
    }
}

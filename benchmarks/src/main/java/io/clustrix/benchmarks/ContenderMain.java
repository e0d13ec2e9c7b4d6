package io.clustrix.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;

/**
 * The process of a contender: reads a trial from each line of standard input, for instance {@code submit 10000 5}, and
 * answers with the nanoseconds it took. The contenders in Python speak the same protocol, {@code peers/contender.py}.
 */
public final class ContenderMain {
    private ContenderMain() {}

    /** The arguments are the contender's name and what it needs. Ends when standard input does. */
    public static void main(String[] args) throws Exception {
        // What libraries print must not look like an answer.
        PrintStream answers = System.out;
        System.setOut(System.err);
        try (Contender contender = contender(args);
                BufferedReader requests =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            answers.println("ready");
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                String[] words = line.split(" ", -1);
                Trial trial = contender.trials().get(words[0]);
                if (trial == null) {
                    throw new IllegalArgumentException(args[0] + " has no trial " + words[0]);
                }
                answers.println(trial.run(Integer.parseInt(words[1]), Integer.parseInt(words[2])));
            }
        }
        // Threads of a library that has not quite ended are not waited for.
        System.exit(0);
    }

    private static Contender contender(String[] args) throws Exception {
        return switch (args[0]) {
            case "clustrix" -> new ClustrixContender(args[1], Path.of(args[2]));
            case "fixed-pool" -> new PoolContender(Executors.newFixedThreadPool(2));
            case "fork-join" -> new PoolContender(new ForkJoinPool(2));
            case "hazelcast" -> new HazelcastContender();
            default -> throw new IllegalArgumentException("no contender " + args[0]);
        };
    }
}

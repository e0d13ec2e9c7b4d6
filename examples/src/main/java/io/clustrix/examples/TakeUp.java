package io.clustrix.examples;

import io.clustrix.AttachedRun;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;

/** Takes up the jobs of a program that has ended before they did. Argument: the id of its run. */
public final class TakeUp {
    private TakeUp() {}

    public static void main(String[] args) {
        try (Clustrix clustrix = Clustrix.open()) {
            AttachedRun run = clustrix.attach(args[0]);
            for (JobFuture<?> job : run.jobs()) {
                System.out.println(job.name() + ": " + job.join());
            }
        }
    }
}

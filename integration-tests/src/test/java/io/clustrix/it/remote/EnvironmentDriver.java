package io.clustrix.it.remote;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A driver that submits some jobs at once and prints what each says it ran in. Arguments: configuration, how many. */
final class EnvironmentDriver {
    private EnvironmentDriver() {}

    public static void main(String[] args) throws Exception {
        try (Clustrix clustrix = Clustrix.builder().configFile(Path.of(args[0])).open()) {
            List<JobFuture<String>> jobs = new ArrayList<>();
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                Thread thread = new Thread(() -> {
                    try {
                        go.await();
                        JobFuture<String> job = clustrix.submit(EnvironmentsTest::inside);
                        synchronized (jobs) {
                            jobs.add(job);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                thread.start();
                threads.add(thread);
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            for (JobFuture<String> job : jobs) {
                try {
                    System.out.println("RAN " + job.get(100, TimeUnit.SECONDS));
                } catch (ExecutionException e) {
                    System.out.println("FAILED " + e.getCause());
                }
            }
        }
    }
}

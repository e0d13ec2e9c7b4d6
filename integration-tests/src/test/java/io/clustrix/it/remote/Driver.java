package io.clustrix.it.remote;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Marks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A driver that is going to be killed. It says how far it is in the file {@code progress} of its directory; its tasks
 * append a line to {@code runs}, by which is seen what ran and how often.
 */
final class Driver {
    private Driver() {}

    /** So many single jobs and maps, and how long a task takes at most. */
    record Load(int singles, int maps, int size, int millis) {
        int tasks() {
            return singles + maps * size;
        }

        String text() {
            return singles + "," + maps + "," + size + "," + millis;
        }

        static Load parse(String text) {
            String[] n = text.split(",", -1);
            return new Load(
                    Integer.parseInt(n[0]), Integer.parseInt(n[1]), Integer.parseInt(n[2]), Integer.parseInt(n[3]));
        }

        static int single(int i) {
            return 1_000_000 + i * i;
        }

        static int mapped(int map, int i) {
            return map * 10_000 + i;
        }

        /** The results by the jobs' names, in the order of submission. */
        List<String> names() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < Math.max(singles, maps); i++) {
                if (i < maps) {
                    names.add("map" + i);
                }
                if (i < singles) {
                    names.add("one" + i);
                }
            }
            return names;
        }

        Object result(String name) {
            int n = Integer.parseInt(name.substring(3));
            if (name.startsWith("one")) {
                return single(n);
            }
            List<Integer> results = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                results.add(mapped(n, i));
            }
            return results;
        }

        /** Submits all. */
        List<JobFuture<?>> submit(Clustrix clustrix, Path directory) {
            List<JobFuture<?>> jobs = new ArrayList<>();
            String runs = directory.resolve("runs").toString();
            Marks progress = new Marks(directory.resolve("progress"));
            int most = millis;
            for (String name : names()) {
                int n = Integer.parseInt(name.substring(3));
                JobFuture<?> job = name.startsWith("one")
                        ? clustrix.withName(name).submit(() -> task(runs, name, most, single(n)))
                        : clustrix.withName(name).map(0, size, i -> task(runs, name + "/" + i, most, mapped(n, i)));
                if (jobs.isEmpty()) {
                    progress.add("run " + clustrix.runId().orElseThrow());
                }
                progress.add("submitted " + name + " " + job.key());
                jobs.add(job);
            }
            return jobs;
        }

        private static int task(String runs, String what, int most, int result) throws InterruptedException {
            new Marks(Path.of(runs)).add(what);
            Thread.sleep(most == 0 ? 0 : Math.floorMod(what.hashCode(), most));
            return result;
        }
    }

    /** Arguments: the configuration, submit, end or attach, the directory, the load or the run. */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[2]);
        Marks progress = new Marks(directory.resolve("progress"));
        try (Clustrix clustrix = RemoteSite.open(Path.of(args[0]))) {
            List<JobFuture<?>> jobs = args[1].equals("attach")
                    ? clustrix.attach(args[3]).jobs()
                    : Load.parse(args[3]).submit(clustrix, directory);
            if (args[1].equals("attach")) {
                progress.add("attached");
            }
            for (JobFuture<?> job : jobs) {
                Object result = job.get(RemoteSite.BOUND.toMillis(), TimeUnit.MILLISECONDS);
                if (args[1].equals("end")) {
                    progress.add(
                            (result.equals(Load.parse(args[3]).result(job.name())) ? "right " : "wrong ") + job.name());
                }
                progress.add("done " + job.name());
            }
            if (!args[1].equals("end")) {
                Thread.sleep(120_000); // until it is killed
            }
        }
    }
}

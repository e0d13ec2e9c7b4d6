package io.clustrix.it.k8s;

import io.clustrix.Clustrix;
import io.clustrix.it.Marks;
import java.nio.file.Path;
import java.util.List;

/**
 * A driver that is going to be killed. It writes its run's id to the file {@code progress}; its tasks append what they
 * begin and end to {@code runs}, both in a directory that pods have too.
 */
final class K8sDriver {
    private K8sDriver() {}

    /** Arguments: the configuration, the cluster, the directory, and how long each of the tasks takes, in ms. */
    public static void main(String[] args) throws Exception {
        Marks progress = new Marks(Path.of(args[2]).resolve("progress"));
        String runs = Path.of(args[2]).resolve("runs").toString();
        List<Integer> millis = List.of(args).subList(3, args.length).stream()
                .map(Integer::valueOf)
                .toList();
        try (Clustrix clustrix = Clustrix.builder().configFile(Path.of(args[0])).open()) {
            var map = clustrix.on(args[1])
                    .withName("orphans")
                    .withChunkSize(1)
                    .map(0, millis.size(), i -> task(runs, i, millis.get(i)));
            progress.add(clustrix.runId().orElseThrow());
            var unused = map.get();
            Thread.sleep(120_000); // until it is killed
        }
    }

    private static int task(String runs, int i, int millis) throws InterruptedException {
        Marks marks = new Marks(Path.of(runs));
        marks.add("began " + i);
        Thread.sleep(millis);
        marks.add("ended " + i);
        return 100 + i;
    }
}

package io.clustrix.it.k8s;

import io.clustrix.Clustrix;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A driver that is going to be killed while its job runs. */
final class VolumeDriver {
    private VolumeDriver() {}

    /** Arguments: the configuration, and a directory that pods have too. */
    public static void main(String[] args) throws Exception {
        Path marks = Path.of(args[1]);
        String directory = args[1];
        try (Clustrix clustrix = Clustrix.builder().configFile(Path.of(args[0])).open()) {
            var unused = clustrix.withName("survivor").submit(() -> {
                new Marks(Path.of(directory, "began")).add("x");
                Await.until("it may end", Duration.ofMinutes(2), () -> Files.exists(Path.of(directory, "release")));
                return "survived";
            });
            new Marks(marks.resolve("run")).add(clustrix.runId().orElseThrow());
            Thread.sleep(120_000); // until it is killed
        }
    }
}

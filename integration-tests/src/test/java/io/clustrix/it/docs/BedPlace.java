package io.clustrix.it.docs;

import io.clustrix.it.Await;
import io.clustrix.it.bed.TestBed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A work directory on the test bed. Closing it cancels what still runs in it and removes it. */
record BedPlace(TestBed bed, Path workDirectory) implements AutoCloseable {
    static BedPlace make() {
        TestBed bed = TestBed.get();
        return new BedPlace(bed, bed.slurmWorkDirectory().resolve("docs-" + System.nanoTime()));
    }

    /** User, host and port. */
    String host() {
        TestBed.Login login = bed.login();
        return login.user() + "@" + login.host() + ":" + login.port();
    }

    /** The block {@code ssh} of a cluster's block, with the bed's key. */
    String ssh() {
        TestBed.Login login = bed.login();
        return "ssh { identity = [\"" + login.key() + "\"], known-hosts = [\"" + login.knownHosts()
                + "\"], config-file = none, agent = false }";
    }

    @Override
    public void close() throws IOException {
        cancelJobs();
        try {
            Await.until("the end of " + workDirectory, this::isRemoved);
        } catch (Exception e) {
            throw new IOException(workDirectory + " could not be removed", e);
        }
    }

    /** Jobs that are just ending write into it, and remove of it, until they have. */
    private boolean isRemoved() {
        try (Stream<Path> files = Files.walk(workDirectory)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            return !Files.exists(workDirectory);
        }
        return !Files.exists(workDirectory);
    }

    private void cancelJobs() throws IOException {
        String bin = bed.value("slurm.bin");
        List<String> ours = new ArrayList<>();
        Process squeue = new ProcessBuilder(bin + "/squeue", "-h", "-o", "%A %Z").start();
        try (Stream<String> lines = squeue.inputReader().lines()) {
            lines.filter(l -> l.contains(workDirectory.toString() + "/"))
                    .forEach(l -> ours.add(l.substring(0, l.indexOf(' '))));
        }
        if (!ours.isEmpty()) {
            List<String> words = new ArrayList<>(List.of(bin + "/scancel"));
            words.addAll(ours);
            Process scancel = new ProcessBuilder(words)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                scancel.waitFor(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

package io.clustrix.it.semantics;

import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import io.clustrix.testkit.fake.FakeScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the commands of a scheduler are. */
final class Place {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<String> before;
    private final String directory;
    private final Optional<FakeScheduler> fake;
    private final List<String> after;

    private Place(List<String> before, String directory, Optional<FakeScheduler> fake, List<String> after) {
        this.before = before;
        this.directory = directory;
        this.fake = fake;
        this.after = after;
    }

    static Place of(FakeScheduler fake, Path directory) {
        return new Place(local(fake.bin().toString()), directory.toString(), Optional.of(fake), List.of("true"));
    }

    /** This machine. */
    static Place here(String bin, Path directory) {
        return new Place(local(bin), directory.toString(), Optional.empty(), List.of("true"));
    }

    private static List<String> local(String bin) {
        return List.of("env", "PATH=" + bin + ":" + System.getenv("PATH"), "sh", "-c");
    }

    /** The test bed's usual user, in a directory of its own. */
    static Place ofBed(String workDirectory) throws IOException, InterruptedException {
        TestBed bed = TestBed.get();
        String socket = Files.createTempDirectory("clx").resolve("s").toString();
        List<String> ssh =
                List.of("ssh", "-F", bed.value("ssh.config"), "-o", "BatchMode=yes", "-o", "ControlPath=" + socket);
        List<String> before = new ArrayList<>(ssh);
        before.addAll(List.of("-o", "ControlMaster=auto", "-o", "ControlPersist=60", "testbed"));
        String directory = workDirectory + "/semantics-" + Long.toString(System.nanoTime(), 36);
        List<String> after = new ArrayList<>(ssh);
        after.addAll(List.of("-O", "exit", "testbed"));
        Place place = new Place(before, directory, Optional.empty(), after);
        Ran.run(LIMIT, "", place.words("mkdir -p " + directory));
        return place;
    }

    Optional<FakeScheduler> fake() {
        return fake;
    }

    String directory() {
        return directory;
    }

    private List<String> words(String line) {
        List<String> words = new ArrayList<>(before);
        words.add(line);
        return words;
    }

    Ran run(String line) throws IOException, InterruptedException {
        return Ran.run(LIMIT, "", words("cd " + directory + " && " + line));
    }

    void close() throws IOException, InterruptedException {
        if (fake.isPresent()) {
            fake.get().close();
        } else {
            Ran.run(LIMIT, "", words("rm -rf " + directory));
            Ran.run(LIMIT, "", after);
        }
    }
}

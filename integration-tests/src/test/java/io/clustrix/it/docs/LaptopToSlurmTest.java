package io.clustrix.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The configuration and the programs of docs/laptop-to-slurm.md, as they stand there, on a real Slurm. */
@NeedsTestBed({"slurm", "ssh"})
@Timeout(180)
class LaptopToSlurmTest {
    private static final String COUNTS = "[78498, 70435, 67883, 66330, 65367, 64336, 63799, 63129]";

    private final BedPlace place = BedPlace.make();

    @TempDir
    private Path directory;

    private Programs programs;

    @BeforeEach
    void compile() throws IOException {
        Page page = Page.read("laptop-to-slurm.md");
        programs = new Programs(directory, configuration(page.block("configuration")));
        Path sources = Files.createDirectory(directory.resolve("sources"));
        programs.compile(Stream.of(
                Files.writeString(sources.resolve("OnACluster.java"), page.block("program")),
                Files.writeString(sources.resolve("TakeUp.java"), page.block("attach"))));
    }

    @AfterEach
    void cleanUp() throws IOException {
        place.close();
    }

    /** The page's block, with the bed's host, directory and key in place of the reader's. */
    private String configuration(String block) {
        return replaced(
                replaced(
                        replaced(block, "anna@login.example.org", place.host()),
                        "/scratch/anna/clustrix",
                        place.workDirectory().toString()),
                "ssh { identity = [\"~/.ssh/id_ed25519\"] }",
                place.ssh());
    }

    private static String replaced(String text, String old, String other) {
        assertThat(text).contains(old);
        return text.replace(old, other);
    }

    @Test
    @DisplayName("the first program runs on a node and prints what the page says")
    void firstProgram() throws Exception {
        String output = programs.run(120, "io.clustrix.examples.OnACluster");

        assertThat(output.lines())
                .satisfiesExactly(
                        line -> assertThat(line).matches("Hello from n[1-4]"),
                        line -> assertThat(line).matches("This is run [0-9]{8}-[0-9]{6}-[0-9a-z]{6}"),
                        line -> assertThat(line).isEqualTo("Primes of each million: " + COUNTS));
        try (Stream<Path> jobs = Files.walk(place.workDirectory().resolve("jobs"))) {
            assertThat(jobs.filter(f -> f.getFileName().toString().equals("job.pack")))
                    .as("directories of jobs that are left")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("the second program takes up what the first one, which was killed, has left")
    void takesUp() throws Exception {
        String run;
        try (Programs.Running first = programs.start("io.clustrix.examples.OnACluster")) {
            run = first.awaitLine("This is run .*", 90).substring("This is run ".length());
            first.kill();
            assertThat(first.output()).doesNotContain("Primes");
        }

        String output = programs.run(90, "io.clustrix.examples.TakeUp", run);

        assertThat(output).contains("primes: " + COUNTS);
    }
}

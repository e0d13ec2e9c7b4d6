package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recorded sessions with a real scheduler, held against its fake. Subclasses have a method {@code sessions}. */
abstract class Recorded<F extends FakeScheduler> {
    /** Jobs sleep until the session wants their end, however slow the machine is. */
    private static final String SLEEP = """
            #!/bin/sh
            if [ -z "${PBS_JOBID-}${SLURM_JOB_ID-}${JOB_ID-}" ]; then
                exec /bin/sleep "$1"
            fi
            while [ ! -e /scratch/go ] && [ -e /scratch ]; do /bin/sleep 0.05; done
            """;

    final F fake;
    private final Pattern id;

    @TempDir
    Path directory;

    /**
     * A test.
     *
     * @param id the number of a job in the answer of a submit command
     */
    Recorded(F fake, String id) {
        this.fake = fake;
        this.id = Pattern.compile(id, Pattern.MULTILINE);
    }

    @AfterEach
    void close() {
        fake.close();
    }

    /** Scripts that the sessions submit. */
    abstract Map<String, String> files();

    /** The states of jobs that run, as the queue shows them. */
    abstract String running();

    /** What else can be said to the fake. */
    abstract void order(String text);

    /** Without what differs from place to place and from moment to moment. */
    abstract String normal(String text, Path scratch);

    /** The name that the recorded user has. */
    abstract String user();

    @ParameterizedTest(name = "{0}")
    @MethodSource("sessions")
    void replay(List<Recording> session) throws Exception {
        Path scratch = directory.toRealPath();
        for (Map.Entry<String, String> file : files().entrySet()) {
            Files.writeString(scratch.resolve(file.getKey()), file.getValue());
        }
        Path sleep = Files.createDirectory(scratch.resolve("tools")).resolve("sleep");
        Files.writeString(sleep, SLEEP.replace("/scratch", scratch.toString()));
        Files.setPosixFilePermissions(sleep, PosixFilePermissions.fromString("rwxr-xr-x"));
        Shell shell = new Shell(
                fake,
                scratch,
                Map.of("LOGNAME", own(), "USER", own(), "LANG", "C.UTF-8", "LC_ALL", "C.UTF-8", "SHELL", "/bin/bash"));
        SoftAssertions all = new SoftAssertions();
        for (Recording step : session) {
            switch (step.kind()) {
                case '!' -> told(step.text(), shell);
                case '@' -> {
                    String[] parts = step.text().split("\\|(?=[0-9]+$)", 2);
                    if (parts.length > 1) {
                        fake.nextJob(Integer.parseInt(parts[1]));
                    }
                    assertThat(shell.run(here(parts[0], scratch)).err())
                            .as(parts[0])
                            .isEmpty();
                }
                default -> {
                    Matcher number = id.matcher(step.out());
                    if (step.text().matches("(?s).*\\b(qsub|sbatch)\\b.*") && number.find()) {
                        fake.nextJob(Integer.parseInt(number.group(1)));
                    }
                    Reply answer = shell.run(here(step.text(), scratch));
                    String head = step.text().lines().findFirst().orElse("");
                    all.assertThat(normal(there(answer.out(), scratch), scratch))
                            .as(head)
                            .isEqualTo(normal(there(step.out(), scratch), scratch));
                    all.assertThat(normal(there(answer.err(), scratch), scratch))
                            .as(head)
                            .isEqualTo(normal(there(step.err(), scratch), scratch));
                    all.assertThat(answer.exit()).as(head).isEqualTo(step.exit());
                }
            }
        }
        all.assertAll();
    }

    private String here(String text, Path scratch) {
        return text.replace("-b y sleep", "-b y /bin/sleep")
                .replace("/bin/sleep", "/scratch/tools/sleep")
                .replace("/scratch", scratch.toString())
                .replace(user(), own());
    }

    private static String there(String text, Path scratch) {
        // Lines that are folded are so elsewhere, where names are longer.
        return text.replace("\n\t", "")
                .replace(scratch.toString(), "/scratch")
                .replace("/scratch/tools/sleep", "/bin/sleep");
    }

    static String own() {
        return System.getProperty("user.name");
    }

    private void told(String text, Shell shell) throws IOException, InterruptedException {
        switch (text) {
            case "ended" -> {
                Path go = Files.createFile(directory.resolve("go"));
                Shell.await("the end of all jobs", () -> count(shell) == 0);
                Files.delete(go);
            }
            case "two" -> Shell.await("two that run", () -> count(shell) == 2);
            case "four" -> Shell.await("four that run", () -> count(shell) == 4);
            case "down" -> fake.down();
            case "stopped" -> fake.stopStarting();
            case "started" -> fake.goOnStarting();
            default -> order(text);
        }
    }

    private long count(Shell shell) {
        try {
            return shell.run(running()).out().lines().count();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

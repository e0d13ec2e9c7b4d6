package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Execution(ExecutionMode.CONCURRENT)
@DisplayName("The fake of OpenPBS answers as the real one was recorded")
class RecordedPbsTest {
    private static final Pattern ID = Pattern.compile("^([0-9]+)(?:\\[])?\\.vm$", Pattern.MULTILINE);
    private static final String HOME = System.getenv().getOrDefault("HOME", "/");

    private final FakePbs pbs = new FakePbs("vm");
    private final Path scratch;

    RecordedPbsTest(@TempDir Path scratch) throws IOException {
        this.scratch = scratch.toRealPath();
        Files.writeString(scratch.resolve("job.sh"), """
                #!/bin/bash
                echo "out of $PBS_JOBID in $PWD on $(hostname)"
                echo "err of $PBS_JOBID" >&2
                exit ${1:-0}
                """);
        Files.writeString(scratch.resolve("arr.sh"), """
                #!/bin/bash
                echo "index $PBS_ARRAY_INDEX of $PBS_ARRAY_ID jobid $PBS_JOBID name $PBS_JOBNAME"
                sleep ${S:-1}
                exit $(( PBS_ARRAY_INDEX % 3 ))
                """);
    }

    @AfterEach
    void close() {
        pbs.close();
    }

    static List<List<Recording>> sessions() {
        return Recording.sessions("pbs.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sessions")
    void replay(List<Recording> session) throws Exception {
        Shell shell = shell(scratch);
        SoftAssertions all = new SoftAssertions();
        for (Recording step : session) {
            switch (step.kind()) {
                case '!' -> order(step.text(), shell);
                case '@' -> {
                    String[] parts = step.text().split("\\|(?=[0-9]+$)", 2);
                    if (parts.length > 1) {
                        pbs.nextJob(Integer.parseInt(parts[1]));
                    }
                    assertThat(shell.run(parts[0]).err()).as(parts[0]).isEmpty();
                }
                default -> {
                    Matcher id = ID.matcher(step.out());
                    if (step.text().contains("qsub") && id.find()) {
                        pbs.nextJob(Integer.parseInt(id.group(1)));
                    }
                    Reply answer = shell.run(
                            step.text().replace("/scratch", scratch.toString()).replace("pbsuser", user()));
                    String head = step.text().lines().findFirst().orElse("");
                    all.assertThat(normal(answer.out(), scratch)).as(head).isEqualTo(normal(step.out(), scratch));
                    all.assertThat(answer.err()).as(head).isEqualTo(step.err());
                    all.assertThat(answer.exit()).as(head).isEqualTo(step.exit());
                }
            }
        }
        all.assertAll();
    }

    @Test
    @DisplayName("all of it was compared")
    void count() {
        assertThat(sessions().stream().flatMap(List::stream).filter(s -> s.kind() == '$'))
                .hasSize(112);
    }

    private Shell shell(Path directory) {
        return new Shell(pbs, directory, Map.of("LOGNAME", user(), "LANG", "C.UTF-8", "LC_ALL", "C.UTF-8"));
    }

    private static String user() {
        return System.getProperty("user.name");
    }

    private void order(String text, Shell shell) throws InterruptedException {
        switch (text) {
            case "ended" ->
                Shell.await("the end of all jobs", () -> running(shell).isEmpty());
            case "kill 17 0" ->
                Shell.await("the end of 17", () -> !running(shell).contains("17.vm"));
            case "down" -> pbs.down();
            case "disabled" -> pbs.enabled(false);
            case "enabled" -> pbs.enabled(true);
            case "stopped" -> pbs.stopStarting();
            case "started" -> pbs.goOnStarting();
            case "limit 2" -> pbs.mostQueued(2);
            case "limit 0" -> pbs.mostQueued(0);
            case "history off" -> pbs.history(false);
            default -> throw new IllegalStateException(text);
        }
    }

    private static List<String> running(Shell shell) {
        try {
            return shell.run("qselect -s RB").out().lines().toList();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without what differs from place to place and from moment to moment. */
    private static String normal(String out, Path directory) {
        return out.replace("\n\t", "")
                .replace(directory.toString(), "/scratch")
                .replaceAll("(?m)^    Variable_List = .*$", "    Variable_List")
                .replaceAll(
                        "(?m)^    (resources_used\\.(?:mem|vmem|walltime)|session_id|history_timestamp) = .*$",
                        "    $1")
                .replaceAll("[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [0-9]{4}", "TIME")
                .replaceAll("[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} at [0-9]{2}:[0-9]{2}", "MINUTE")
                .replaceAll("(?m)\\^array_index$", "^array_index^")
                .replaceAll("(?m)^-rw[^ ]* .* (\\S+)$", "file $1")
                .replace("00:00:00 ", "       0 ")
                .replace("jobdir = " + HOME, "jobdir = /home/pbsuser")
                .replaceAll("\\bpbsuser@", user() + "@")
                .replace("held by pbsuser", "held by " + user())
                .replaceAll(" (?:pbsuser|" + user() + ") {2,}", " USER ");
    }
}

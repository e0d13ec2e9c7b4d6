package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The fake of OpenPBS answers as the real one was recorded")
class RecordedPbsTest extends Recorded<FakePbs> {
    private static final String HOME = System.getenv().getOrDefault("HOME", "/");

    RecordedPbsTest() {
        super(new FakePbs("vm"), "^([0-9]+)(?:\\[])?\\.vm$");
    }

    static List<List<Recording>> sessions() {
        return Recording.sessions("pbs.txt");
    }

    @Test
    @DisplayName("so many answers are compared")
    void count() {
        assertThat(sessions().stream().flatMap(List::stream).filter(s -> s.kind() == '$'))
                .hasSize(111);
    }

    @Override
    Map<String, String> files() {
        return Map.of("job.sh", """
                #!/bin/bash
                echo "out of $PBS_JOBID in $PWD on $(hostname)"
                echo "err of $PBS_JOBID" >&2
                exit ${1:-0}
                """, "arr.sh", """
                #!/bin/bash
                echo "index $PBS_ARRAY_INDEX of $PBS_ARRAY_ID jobid $PBS_JOBID name $PBS_JOBNAME"
                "$PBS_O_WORKDIR/tools/sleep" ${S:-1}
                exit $(( PBS_ARRAY_INDEX % 3 ))
                """);
    }

    @Override
    String running() {
        return "qselect -s RB";
    }

    @Override
    String user() {
        return "pbsuser";
    }

    @Override
    void order(String text) {
        switch (text) {
            case "disabled" -> fake.enabled(false);
            case "enabled" -> fake.enabled(true);
            case "limit 2" -> fake.mostQueued(2);
            case "limit 0" -> fake.mostQueued(0);
            case "history off" -> fake.history(false);
            default -> throw new IllegalStateException(text);
        }
    }

    @Override
    String normal(String out, Path scratch) {
        return out.replace(scratch.toString(), "/scratch")
                .replaceAll("(?m)^    Variable_List = .*$", "    Variable_List")
                .replaceAll(
                        "(?m)^    (resources_used\\.(?:mem|vmem|walltime)|session_id|history_timestamp) = .*$",
                        "    $1")
                .replaceAll("[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [0-9]{4}", "TIME")
                .replaceAll("[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} at [0-9]{2}:[0-9]{2}", "MINUTE")
                // A longer path is folded elsewhere.
                .replaceAll("(?m)\\^array_[a-z]*\\^?$", "^array_index^")
                .replaceAll("(?m)^-rw[^ ]* .* (\\S+)$", "file $1")
                .replace("00:00:00 ", "       0 ")
                .replace("jobdir = " + HOME, "jobdir = /home/pbsuser")
                .replaceAll("\\bpbsuser@", own() + "@")
                .replace("held by pbsuser", "held by " + own())
                .replaceAll(" (?:pbsuser|" + own() + ") {2,}", " USER ");
    }
}

package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The fake of Slurm answers as the real one was recorded")
class RecordedSlurmTest extends Recorded<FakeSlurm> {
    RecordedSlurmTest() {
        super(new FakeSlurm(), "^(?:Submitted batch job )?([0-9]+)$");
    }

    static List<List<Recording>> sessions() {
        return Recording.sessions("slurm.txt");
    }

    @Test
    @DisplayName("so many answers are compared")
    void count() {
        assertThat(sessions().stream().flatMap(List::stream).filter(s -> s.kind() == '$'))
                .hasSize(73);
    }

    @Override
    Map<String, String> files() {
        return Map.of("ok.sh", "#!/bin/sh\necho ok\n", "nosb.sh", "echo ok\n", "empty.sh", "");
    }

    @Override
    String running() {
        return "squeue -h -r -t RUNNING -o %i";
    }

    @Override
    String user() {
        return "hpc";
    }

    @Override
    void order(String text) {
        switch (text) {
            case "accounting" -> fake.accounting(true);
            case "database" -> fake.databaseDown(true);
            default -> throw new IllegalStateException(text);
        }
    }

    @Override
    String normal(String out, Path scratch) {
        return out.replace(scratch.toString(), "/scratch").replaceAll(" +(?:hpc|" + own() + ") ", " USER ");
    }
}

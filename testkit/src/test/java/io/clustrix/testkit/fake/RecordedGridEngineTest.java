package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The fake of Grid Engine answers as the real one was recorded")
class RecordedGridEngineTest extends Recorded<FakeGridEngine> {
    RecordedGridEngineTest() {
        super(new FakeGridEngine(), "^(?:Your job )?([0-9]+)(?:\\.[0-9:-]+)?(?: .*)?$");
    }

    static List<List<Recording>> sessions() {
        return Recording.sessions("sge.txt");
    }

    @Test
    @DisplayName("so many answers are compared")
    void count() {
        assertThat(sessions().stream().flatMap(List::stream).filter(s -> s.kind() == '$'))
                .hasSize(50);
    }

    @Override
    Map<String, String> files() {
        return Map.of("sok.sh", "#!/bin/sh\necho ok\n", "triv.sh", "#!/bin/sh\n:\n");
    }

    @Override
    String running() {
        return "qstat -s r -xml | grep '<JB_job_number>' | cat";
    }

    @Override
    String user() {
        return "hpc";
    }

    @Override
    void order(String text) {
        switch (text) {
            case "advance" -> fake.advance(Duration.ofSeconds(6));
            default -> throw new IllegalStateException(text);
        }
    }

    @Override
    String normal(String out, Path scratch) {
        return out.replaceAll("[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [0-9]{4}", "TIME")
                .replaceAll("[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9:]{8}", "TIME")
                .replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}", "TIME")
                .replaceAll("\\b(?:0\\.[0-9]{5})\\b", "PRIO")
                .replaceAll("\\[[0-9]+:[0-9]+]", "[PROCESS]")
                .replaceAll("(?m)^(ru_wallclock|maxvmem) .*$", "$1")
                .replaceAll("<JB_owner>.*</JB_owner>", "<JB_owner/>")
                .replaceAll("(?m) (?:hpc|" + own() + ") +", " USER ")
                .replaceAll("(?m)^(?:hpc|" + own() + ") has", "USER has");
    }
}

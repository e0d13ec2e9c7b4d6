package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerUseTest {
    private static WorkerUse read(WorkerUse own, String record) {
        return own.with(Harvest.exitRecord(record.getBytes(StandardCharsets.UTF_8)), record);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0m0.01s 0m0.02s\n1m2.50s 0m0.25s\n", // bash, dash
                "0m0,01s 0m0,02s\n1m2,500s 0m0,250s\n", // bash in a German locale
                "    0m00.01s     0m00.02s\n    1m02.50s     0m00.25s\n", // mksh
            })
    @DisplayName("The record of a job's script has the CPU time of a worker that was killed")
    void times(String times) {
        WorkerUse use = read(WorkerUse.UNKNOWN, "code=137\nnode=n7\nstarted=100\nended=170\njob=12\n" + times);

        assertThat(use).isEqualTo(new WorkerUse("n7", 100_000, 170_000, 62_750, -1));
    }

    @Test
    @DisplayName("What the worker has said itself is finer; what its script says is later")
    void both() {
        WorkerUse own = new WorkerUse("n7.site", 100_250, 110_000, 500, 1 << 20);

        assertThat(read(own, "code=1\nnode=n7\nstarted=100\nended=170\n"))
                .isEqualTo(new WorkerUse("n7", 100_250, 170_000, 500, 1 << 20));
        assertThat(read(own, "code=1\nstarted=x\nended=\n0m0.01s\n")).isEqualTo(own);
    }

    @Test
    @DisplayName("A script is kept without the values of variables and without what looks like a secret")
    void masked() {
        String script = """
                #!/bin/sh
                directory='/home/a b'
                export TOKEN='abc'
                export NAME='it'\\''s
                a second line'
                export LINES="$x"
                curl https://me:hush@site/x
                exec java -Ddb.password=hush -Dx=1
                """;

        assertThat(ScriptMask.masked(script)).isEqualTo("""
                #!/bin/sh
                directory='/home/a b'
                export TOKEN='***'
                export NAME='***'
                export LINES="$x"
                curl https://me:***@site/x
                exec java -Ddb.password=*** -Dx=1
                """);
        assertThat(ScriptMask.masked("")).isEmpty();
        assertThat(ScriptMask.masked("export A='unclosed\nb\nc")).isEqualTo("export A='***'");
    }
}

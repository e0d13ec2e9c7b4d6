package io.clustrix.it.semantics;

import io.clustrix.it.bed.Ran;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIf;

@DisplayName("OpenPBS does what its fake does")
@EnabledIf(value = "isThere", disabledReason = "needs an OpenPBS: PBS_EXEC, or /opt/pbs")
class PbsSemanticsTest extends PbsSemantics {
    private String server = "";

    static boolean isThere() {
        return System.getenv("PBS_EXEC") != null || Files.isDirectory(java.nio.file.Path.of("/opt/pbs"));
    }

    @Override
    String server() {
        return server;
    }

    @Override
    Place open() throws Exception {
        String home = System.getenv().getOrDefault("PBS_EXEC", "/opt/pbs");
        server = Ran.run(Duration.ofSeconds(20), "", List.of(home + "/bin/qstat", "-B", "-f"))
                .output()
                .replaceAll("(?s)^Server: (\\S+).*", "$1");
        return Place.here(home + "/bin", Files.createTempDirectory("semantics"));
    }
}

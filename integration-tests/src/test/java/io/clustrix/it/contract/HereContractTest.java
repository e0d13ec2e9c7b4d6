package io.clustrix.it.contract;

import io.clustrix.testkit.ExecutorContract;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("the contract of executors: this machine as a host without a scheduler")
class HereContractTest extends ExecutorContract {
    @TempDir
    private static Path work;

    @Override
    protected String cluster() {
        return """
                executor = ssh
                max-running = 4
                work-directory = "%s"
                resources { cores = 1 }
                environment { java = "%s", jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                poll { results-max = 1s, status-min = 500ms, status-max = 1s, status-per-minute = 120 }
                min-poll-interval = 500ms
                patience { unknown = 4s, result = 10s }
                retry { attempts = 1 }
                map-elements = 4
                """.formatted(work, Path.of(System.getProperty("java.home"), "bin", "java"));
    }

    @Override
    protected String title() {
        return "ssh, this machine";
    }
}

package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.TerminalProgress;
import io.clustrix.report.ReportFormat;
import io.clustrix.report.RunReport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/reports.md. */
@DisabledOnOs(OS.WINDOWS)
class ReportsTest {

    @Test
    @Timeout(120)
    void report(@TempDir Path dir) throws Exception {
        Clustrix.Builder builder = Clustrix.builder().listener(TerminalProgress.onStandardError());
        builder.set("state-directory", dir.resolve("state").toString())
                .set("cache-directory", dir.resolve("cache").toString())
                .set("clusters.here.executor", "ssh")
                .set("clusters.here.work-directory", dir.resolve("work").toString())
                .set("clusters.here.environment.java", "same")
                .set("default-cluster", "here");
        try (Clustrix clustrix = builder.open()) {
            assertThat(clustrix.map(0, 4, i -> i * i).join()).containsExactly(0, 1, 4, 9);
            write(clustrix, dir.resolve("report.html"));
        }
        assertThat(Files.readString(dir.resolve("report.html"))).contains("4 returned, 0 failed");
    }

    private static void write(Clustrix clustrix, Path file) throws Exception {
        RunReport report = RunReport.of(clustrix.history(), clustrix.runId().orElseThrow());
        report.write(file, ReportFormat.HTML);
        assertThat(report.as(ReportFormat.TEXT)).contains("on here");
    }
}

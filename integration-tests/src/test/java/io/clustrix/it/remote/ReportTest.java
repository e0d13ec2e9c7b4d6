package io.clustrix.it.remote;

import io.clustrix.Clustrix;
import io.clustrix.it.ReportedRun;
import io.clustrix.it.bed.NeedsTestBed;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports of runs on a real Slurm, and on a host without a scheduler. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(150)
class ReportTest {

    @ParameterizedTest
    @ValueSource(strings = {"slurm", "ssh"})
    @DisplayName("a report tells of times, nodes, memory, CPU and causes what the workers have done")
    void report(String executor, @TempDir Path pages) throws Exception {
        try (RemoteSite site = new RemoteSite();
                Clustrix clustrix = site.open(site.way(executor))) {
            ReportedRun.check(clustrix, clustrix, pages, RemoteSite.BOUND);
        }
    }
}

package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessUseTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private String file(String text) throws Exception {
        return Files.writeString(dir.resolve("file"), text).toString();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("This process has used memory and, in the end, CPU time")
    void here() {
        assertThat(ProcessUse.peakBytes()).isBetween(1L << 20, 1L << 40);
        assertThat(ProcessUse.cpuMillis()).isPositive();
    }

    @Test
    @DisplayName("CPU time is user and system time, with that of the children; a name with brackets does no harm")
    void stat() throws Exception {
        String line = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 9 8 7 6 100 20 3 4 20 0 1 0 12345 999 99\n";

        assertThat(ProcessUse.cpuMillis(file(line))).isEqualTo(1270);
        assertThat(ProcessUse.cpuMillis(file("4711 (a) S 1 2"))).isEqualTo(-1);
        assertThat(ProcessUse.cpuMillis(file(""))).isEqualTo(-1);
        assertThat(ProcessUse.cpuMillis(file("nonsense"))).isEqualTo(-1);
        assertThat(ProcessUse.cpuMillis(dir.resolve("none").toString())).isEqualTo(-1);
    }

    @Test
    @DisplayName("The peak of memory is that of the resident set")
    void status() throws Exception {
        assertThat(ProcessUse.peakBytes(file("Name:\tjava\nVmPeak:\t  99 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n")))
                .isEqualTo(12345L << 10);
        assertThat(ProcessUse.peakBytes(file("Name:\tjava\n"))).isEqualTo(-1);
        assertThat(ProcessUse.peakBytes(file("VmHWM:\t x kB\n"))).isEqualTo(-1);
    }
}

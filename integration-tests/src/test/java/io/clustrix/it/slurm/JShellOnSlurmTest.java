package io.clustrix.it.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.shell.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is defined in a running JShell goes to the nodes of a real Slurm. */
@NeedsTestBed({"slurm", "ssh"})
@Timeout(180)
class JShellOnSlurmTest {

    @Test
    @DisplayName(
            "a call and a map with a method, a record and a variable of the shell, before and after a redefinition")
    void shell(@TempDir Path directory) throws Exception {
        try (SlurmCluster slurm = new SlurmCluster(directory, Map.of());
                Shell shell = Shell.inOtherJvm()) {
            Path file = Files.writeString(directory.resolve("clustrix.conf"), slurm.configuration());
            shell.enter("""
                    import io.clustrix.*;
                    import java.util.*;
                    import java.nio.file.Path;
                    var c = Clustrix.builder().configFile(Path.of("%s")).set("cache-directory", Path.of("%s")).set("state-directory", Path.of("%s")).open();
                    record Point(int x, int y) {}
                    int by = 10;
                    Point moved(Point p) { return new Point(p.x() + by, p.y()); }
                    String job() { return System.getenv("SLURM_JOB_ID"); }
                    """.formatted(file, directory.resolve("cache"), directory.resolve("state")));
            try {
                assertThat(shell.enter("c.submit(() -> job()).get()")).matches("\"\\d+\"");
                assertThat(shell.enter("Point p = c.submit(() -> moved(new Point(1, 2))).get(); p"))
                        .isEqualTo("Point[x=11, y=2]");
                assertThat(shell.enter("""
                        var ps = c.map(List.of(new Point(0, 0), new Point(1, 1), new Point(2, 2)), q -> moved(q));
                        by = 20;
                        Point moved(Point p) { return new Point(p.x() * by, p.y()); }
                        var qs = c.map(0, 3, i -> moved(new Point(i, i)));
                        "" + ps.get() + qs.get()
                        """))
                        .isEqualTo("\"[Point[x=10, y=0], Point[x=11, y=1], Point[x=12, y=2]]"
                                + "[Point[x=0, y=0], Point[x=20, y=1], Point[x=40, y=2]]\"");
            } finally {
                shell.enter("c.close();");
            }
        }
    }
}

package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class InputArchivesTest {
    private static final String JOB = "20261122/job";

    @TempDir
    Path work;

    private Path job;
    private InputArchives archives;

    @BeforeEach
    void setUp() throws IOException {
        job = Files.createDirectories(work.resolve("jobs").resolve(JOB));
        Files.createDirectories(job.resolve("attempts"));
        Files.createDirectories(job.resolve("results"));
        Files.createDirectories(work.resolve("store"));
        Files.createDirectories(work.resolve("env/java/bin"));
        for (String file :
                List.of("class-path", "p0", "job.pack", ".hidden", "attempts/1.0.0.part", "attempts/11.0.0.part")) {
            Files.writeString(job.resolve(file), file);
        }
        Files.writeString(job.resolve("results/0"), "result");
        Files.writeString(job.resolve("store-files"), "a.jar\nb.jar\n");
        Files.writeString(work.resolve("store/a.jar"), "a");
        Files.writeString(work.resolve("store/b.jar"), "b");
        Files.writeString(work.resolve("store/c.jar"), "c");
        Files.writeString(work.resolve("env/java/bin/java"), "java");
        Files.createSymbolicLink(work.resolve("env/java/bin/javac"), Path.of("java"));
        archives = new InputArchives(work, Duration.ofSeconds(30));
    }

    private static List<String> names(Path archive) throws Exception {
        Process p = new ProcessBuilder("tar", "-tf", archive.toString()).start();
        List<String> names = p.inputReader().lines().toList();
        assertThat(p.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(p.exitValue()).isZero();
        return names;
    }

    @Test
    @DisplayName("the jars and runtimes that jobs share are packed once")
    void base() throws Exception {
        Path archive = archives.base(JOB, List.of("env/java"));
        assertThat(names(archive))
                .containsExactlyInAnyOrder(
                        "env/java/",
                        "env/java/bin/",
                        "env/java/bin/java",
                        "env/java/bin/javac",
                        "store/a.jar",
                        "store/b.jar");
        FileTime made = (FileTime) Files.getAttribute(archive, "unix:ctime");
        Object same = Files.readAttributes(archive, "unix:ino").get("ino");
        assertThat(new InputArchives(work, Duration.ofSeconds(30)).base(JOB, List.of("env/java")))
                .isEqualTo(archive);
        assertThat(Files.readAttributes(archive, "unix:ino").get("ino")).isEqualTo(same);
        assertThat((FileTime) Files.getAttribute(archive, "unix:ctime")).isGreaterThanOrEqualTo(made);
        assertThat(archives.base(JOB, List.of())).isNotEqualTo(archive);
    }

    @Test
    @DisplayName("a job's own files are packed, with earlier attempts at the elements that run")
    void job() throws Exception {
        Path archive = archives.job(JOB, e -> e == 1);
        String at = "jobs/" + JOB + "/";
        assertThat(names(archive))
                .containsExactlyInAnyOrder(
                        at + "class-path", at + "p0", at + "job.pack", at + "store-files", at + "attempts/1.0.0.part");
        assertThat(archives.job(JOB, e -> e == 1)).isEqualTo(archive);
        Files.writeString(job.resolve("attempts/1.0.0.part"), "it has grown");
        assertThat(archives.job(JOB, e -> e == 1)).isNotEqualTo(archive);
        Path base = archives.base(JOB, List.of());
        archives.forget(JOB);
        assertThat(archive).doesNotExist();
        assertThat(base).exists();
    }

    @Test
    @DisplayName("what nobody has asked for in a day is deleted")
    void old() throws Exception {
        Path archive = archives.job(JOB, e -> false);
        Files.setLastModifiedTime(archive, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        Path base = archives.base(JOB, List.of());
        assertThat(archive).doesNotExist();
        assertThat(base).exists();
    }

    @Test
    @DisplayName("a jar that is missing is told, and leaves no archive")
    void missing() throws Exception {
        Files.delete(work.resolve("store/b.jar"));
        assertThatThrownBy(() -> archives.base(JOB, List.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("store/b.jar");
        try (var files = Files.list(work.resolve("tmp/k8s"))) {
            assertThat(files).isEmpty();
        }
        Files.writeString(job.resolve("store-files"), "../x\n");
        assertThatThrownBy(() -> archives.base(JOB, List.of())).hasMessageContaining("../x");
    }
}

package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.clustrix.Clustrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No worker outlives its driver, and nothing is left on the disk (R28, R51). */
@Timeout(60)
class DriversEndTest {

    @TempDir
    private Path directory;

    /** A driver. */
    static final class Driver {
        private Driver() {}

        /** Runs tasks of a kind in processes: they say who they are in a file, and go on for long. */
        public static void main(String[] args) throws Exception {
            String kind = args[0];
            Marks marks = new Marks(Path.of(args[1]));
            Clustrix clustrix =
                    SharedClusters.builder(Path.of(args[2]), "processes").open();
            var future = clustrix.map(0, 2, i -> {
                marks.add("pid " + ProcessHandle.current().pid());
                if (kind.equals("child")) {
                    Process child = new ProcessBuilder("sleep", "300").start();
                    marks.add("pid " + child.pid());
                    Process launcher = new ProcessBuilder("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!").start();
                    marks.add("pid " + launcher.inputReader().readLine());
                }
                marks.add("runs");
                return busy(kind);
            });
            switch (kind) {
                case "exit" -> {
                    Await.until("both run", () -> marks.lines().size() == 4);
                    System.exit(3);
                }
                case "forget" -> Await.until("both run", () -> marks.lines().size() == 4);
                case "close" -> {
                    Await.until("both run", () -> marks.lines().size() == 4);
                    clustrix.close();
                }
                case "early" -> Runtime.getRuntime().halt(0);
                case "earlier" -> {
                    Thread.sleep(Long.parseLong(args[3]));
                    Runtime.getRuntime().halt(0);
                }
                default -> future.join();
            }
        }

        private static int busy(String kind) throws InterruptedException {
            long end = System.nanoTime() + 120_000_000_000L;
            List<long[]> heap = new ArrayList<>();
            while (System.nanoTime() < end) {
                switch (kind) {
                    case "prints" -> System.out.println("x".repeat(1000));
                    case "spins" -> Thread.onSpinWait();
                    case "fills" -> {
                        try {
                            heap.add(new long[1 << 14]);
                        } catch (OutOfMemoryError e) {
                            Thread.onSpinWait(); // the heap stays full
                        }
                    }
                    default -> Thread.sleep(20);
                }
            }
            return heap.size();
        }
    }

    private OtherJvm drive(String kind, Marks marks, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                kind, marks.file().toString(), directory.resolve("cache").toString()));
        arguments.addAll(List.of(more));
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        return OtherJvm.start(
                directory,
                List.of("-Djava.io.tmpdir=" + temporary),
                Map.of("_JAVA_OPTIONS_FOR_NOBODY", ""),
                Driver.class,
                arguments.toArray(String[]::new));
    }

    private static List<Long> pids(Marks marks) {
        return marks.lines().stream()
                .filter(l -> l.startsWith("pid "))
                .map(l -> Long.valueOf(l.substring(4)))
                .toList();
    }

    private static Set<Path> shared() throws IOException {
        Set<Path> found = new HashSet<>();
        Path memory = Path.of("/dev/shm");
        if (Files.isDirectory(memory)) {
            try (Stream<Path> files = Files.list(memory)) {
                files.filter(f -> f.getFileName().toString().startsWith("clustrix-"))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** Others may be starting workers at any moment; but what stays is ours. */
    private void assertNothingIsLeft(Set<Path> before) throws Exception {
        Set<Path> left = shared();
        left.removeAll(before);
        Await.until("nothing is left in /dev/shm", () -> {
            left.retainAll(shared());
            return left.isEmpty();
        });
        Path temporary = directory.resolve("tmp");
        Await.until("nothing is left in java.io.tmpdir", () -> {
            try (Stream<Path> files = Files.walk(temporary)) {
                List<Path> found = files.filter(f -> !f.equals(temporary)).toList();
                return found.isEmpty();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"waits", "spins", "prints", "child", "fills"})
    @DisplayName("the driver is killed: its workers and their children are gone within seconds, whatever they do")
    void killed(String kind) throws Exception {
        Set<Path> before = shared();
        Marks marks = new Marks(directory.resolve("marks"));
        try (OtherJvm driver = drive(kind, marks)) {
            Await.until("both tasks run", () -> {
                if (!driver.isAlive()) {
                    fail("the driver has ended: " + driver.output());
                }
                return marks.counts().getOrDefault("runs", 0L) == 2;
            });
            List<Long> pids = pids(marks);
            assertThat(pids)
                    .hasSize(kind.equals("child") ? 6 : 2)
                    .allSatisfy(p -> assertThat(Pids.isAlive(p)).isTrue());
            Thread.sleep(kind.equals("fills") ? 1000 : 100);

            driver.kill();

            for (long pid : pids) {
                Await.until("process " + pid + " is gone", () -> !Pids.isAlive(pid));
            }
        }
        assertNothingIsLeft(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit", "forget", "close"})
    @DisplayName("the driver ends without close(), or with it: no worker is left, and no file")
    void ends(String kind) throws Exception {
        Set<Path> before = shared();
        Marks marks = new Marks(directory.resolve("marks"));
        try (OtherJvm driver = drive(kind, marks)) {
            assertThat(driver.await()).isEqualTo(kind.equals("exit") ? 3 : 0);

            List<Long> pids = pids(marks);
            assertThat(pids).hasSize(2);
            for (long pid : pids) {
                Await.until("process " + pid + " is gone", () -> !Pids.isAlive(pid));
            }
        }
        assertNothingIsLeft(before);
    }

    @Test
    @DisplayName("the driver dies while its workers come up: these end by themselves, and no file is left")
    void diesEarly() throws Exception {
        Set<Path> before = shared();
        Marks marks = new Marks(directory.resolve("marks"));
        try (OtherJvm one = drive("earlier", marks, "0");
                OtherJvm two = drive("earlier", marks, "40");
                OtherJvm three = drive("earlier", marks, "120")) {
            one.await();
            two.await();
            three.await();
        }
        Await.until(
                "no worker of theirs is left",
                () -> ProcessHandle.allProcesses()
                        .noneMatch(p -> p.info().commandLine().orElse("").contains(directory.toString())));
        assertNothingIsLeft(before);
    }
}

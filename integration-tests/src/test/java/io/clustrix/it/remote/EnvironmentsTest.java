package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.WorkerDiedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Java jobs run in, on the real Slurm and on a plain host. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(180)
class EnvironmentsTest {
    private RemoteSite site;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
    }

    @AfterEach
    void close() {
        site.close();
    }

    /** Runs in the job. */
    static String inside() {
        String parent = ProcessHandle.current()
                .parent()
                .flatMap(p -> p.info().commandLine())
                .orElse("");
        return System.getProperty("java.specification.version") + " " + System.getProperty("java.home") + " "
                + Optional.ofNullable(System.getenv("BOX")).orElse("-") + " "
                + (parent.contains("Supervisor") ? parent.split(" ", 2)[0] : "unsupervised");
    }

    private static String run(Clustrix clustrix) throws Exception {
        return RemoteSite.value(clustrix.submit(EnvironmentsTest::inside), Duration.ofMinutes(2));
    }

    /** A Java of this machine of that version, wherever Javas usually lie. */
    private static Path java(int version) throws IOException {
        try (Stream<Path> homes = Files.list(Path.of("/usr/lib/jvm"))) {
            Pattern told = Pattern.compile("JAVA_VERSION=\"" + version + "[.\"]");
            Optional<Path> java = homes.filter(home -> {
                        try {
                            return told.matcher(Files.readString(home.resolve("release")))
                                            .find()
                                    && Files.isExecutable(home.resolve("bin/javac"));
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .map(home -> home.resolve("bin/java"))
                    .findFirst();
            Assumptions.assumeTrue(java.isPresent(), "there is no JDK " + version + " in /usr/lib/jvm");
            return java.get();
        }
    }

    /** Settings after which nothing of a Java can be found there. */
    private String noJava(String more) throws IOException {
        Path bin = site.shared.resolve("bin");
        if (!Files.exists(bin)) {
            Files.createDirectories(bin);
            for (String tool :
                    ("sh env cat mkdir rm rmdir sed tr head tail cut ls readlink uname mv touch grep find sleep"
                                    + " gzip tar kill xargs cmp sha256sum date mktemp wc locale id dirname basename setsid cp ln"
                                    + " chmod ps nohup awk sort")
                            .split(" ", -1)) {
                Path file = Path.of("/usr/bin", tool);
                if (Files.exists(file)) {
                    Files.createSymbolicLink(bin.resolve(tool), file);
                }
            }
            Files.setPosixFilePermissions(bin, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return "environment { setup = [\"PATH=" + bin + "\", \"export PATH\", \"unset JAVA_HOME\"], properties {"
                + " java-folders = \"/nowhere/*\" }, " + more + " }";
    }

    private List<Path> env(String pattern) throws IOException {
        Path env = site.work.resolve("env");
        if (!Files.exists(env)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(env)) {
            return files.filter(f -> f.getFileName().toString().matches(pattern))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slurm", "ssh"})
    @DisplayName("A10: a cluster without any Java gets a copy of the driver's, once, and jobs run in it")
    void noJavaAtAll(String executor) throws Exception {
        RemoteSite.Way way = site.way(executor).with(noJava(""));
        String own = System.getProperty("java.specification.version") + " " + site.work + "/env/java-";
        try (Clustrix clustrix = site.open(way)) {
            assertThat(run(clustrix)).startsWith(own).endsWith(" - unsupervised");
            assertThat(RemoteSite.value(clustrix.map(0, 4, i -> i * i))).isEqualTo(List.of(0, 1, 4, 9));
        }
        try (Clustrix clustrix = site.open(way)) {
            assertThat(run(clustrix)).startsWith(own);
        }
        assertThat(env("tmp.*|lock.*")).isEmpty();
        List<Path> made = env("made-.*");
        assertThat(made).hasSize(1);
        assertThat(Files.readAllLines(made.get(0))).hasSize(1);
        try (Stream<Path> images = Files.list(site.local.resolve("cache/runtimes"))) {
            assertThat(images.filter(f -> f.toString().endsWith(".tar.gz")).toList())
                    .singleElement()
                    .satisfies(f -> assertThat(Files.size(f)).isLessThan(60_000_000));
        }
    }

    @Test
    @DisplayName("A11: basic, where there is no Java, is an error that lists what was looked at")
    void basicWithoutJava() throws Exception {
        try (Clustrix clustrix = site.open(site.way("slurm").with(noJava("provisioner = basic")))) {
            assertThat(RemoteSite.failure(clustrix.submit(EnvironmentsTest::inside)))
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining("JAVA_HOME, which is not set")
                    .hasMessageContaining("PATH, which has no java")
                    .hasMessageContaining("two-runtime");
            assertThat(site.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slurm", "ssh"})
    @DisplayName(
            "A3 to A8, A14 to A18: a provisioner that hangs, ignores interruption, floods and forks: the job runs with"
                    + " basic, no process and no directory is left")
    void hopeless(String executor) throws Exception {
        String mark = "mark-" + UUID.randomUUID();
        try (Clustrix clustrix = site.open(site.way(executor)
                .with("environment { provisioner = hopeless, timeout = 3s, properties { mark = " + mark + " } }"))) {
            assertThat(run(clustrix)).endsWith(" - unsupervised");
            Await.until(
                    "the end of what was given up",
                    () -> processes(mark).isEmpty() && env("tmp.*").isEmpty());
            assertThat(run(clustrix)).endsWith(" - unsupervised");
            Thread.sleep(1500);
            assertThat(processes(mark)).isEmpty();
            assertThat(env("tmp.*|lock.*")).isEmpty();
        }
    }

    private static List<String> processes(String mark) {
        try {
            Ran ran = Ran.run(Duration.ofSeconds(20), "", List.of("ps", "-eo", "pid=,pgid=,sid=,args=", "eww"));
            return ran.output().lines().filter(l -> l.contains(mark)).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of("interrupted");
        }
    }

    @Test
    @DisplayName("B17: what a job ran in is told: Java, environment, class path, variables by name, never their values")
    void report() throws Exception {
        try (Clustrix clustrix = site.open(
                site.way("slurm").with("environment { control-java = any, variables { SECRET_ONE = hush } }"))) {
            JobFuture<String> job = clustrix.withVariable("OTHER", "quiet").submit(EnvironmentsTest::inside);
            RemoteSite.value(job);
            Await.until("the report", () -> !job.runtimes().isEmpty());
            RuntimeReport report = job.runtimes().get(0);
            assertThat(report.javaVersion()).isNotBlank();
            assertThat(report.host()).isNotBlank();
            EnvironmentReport environment = report.environment();
            assertThat(environment.description())
                    .startsWith("two-runtime: Java ")
                    .contains(", supervised by Java ");
            assertThat(environment.supervisor()).contains(report.javaVersion());
            assertThat(environment.classPath()).isNotEmpty().allMatch(s -> s.matches("[0-9a-f]{64}"));
            assertThat(environment.variables()).containsExactly("OTHER", "SECRET_ONE");
            assertThat(report.toString())
                    .contains("SECRET_ONE")
                    .doesNotContain("hush")
                    .doesNotContain("quiet");
        }
    }

    @Test
    @DisplayName("A7, A13: what two-runtime can't do, basic does if it can: one Java, no supervisor")
    void fallsBack() throws Exception {
        Path java = java(17);
        try (Clustrix clustrix = site.open(
                site.way("slurm").with("environment { java = \"" + java + "\", control-java = \"/no/such/java\" }"))) {
            assertThat(run(clustrix)).startsWith("17 ").endsWith(" - unsupervised");
        }
    }

    @Test
    @DisplayName("twenty first jobs of two drivers send one Java")
    void together() throws Exception {
        Path configuration = site.configuration(site.way("slurm").with(noJava("")));
        List<OtherJvm> drivers = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                drivers.add(site.drive(configuration, EnvironmentDriver.class, "10"));
            }
            for (OtherJvm driver : drivers) {
                Await.until("the driver's end", Duration.ofSeconds(150), () -> !driver.isAlive());
                assertThat(driver.output().lines().filter(l -> l.startsWith("RAN ") && l.contains("/env/java-")))
                        .as(driver.output())
                        .hasSize(10);
            }
        } finally {
            drivers.forEach(OtherJvm::close);
        }
        assertThat(env("made-.*"))
                .singleElement()
                .satisfies(f -> assertThat(Files.readAllLines(f)).hasSize(1));
        assertThat(env("tmp.*|lock.*")).isEmpty();
    }

    private String drive(Path driver, String classPath, RemoteSite.Way way, String main) throws Exception {
        try (OtherJvm jvm = OtherJvm.start(
                driver,
                classPath,
                site.local,
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                Map.of(),
                main,
                site.configuration(way).toString(),
                "1")) {
            Await.until("the driver's end", Duration.ofMinutes(2), () -> !jvm.isAlive());
            return jvm.output();
        }
    }

    @Test
    @DisplayName("driver 17, control 25, work 17; driver 25 with class files of 17, basic 17")
    void acrossVersions() throws Exception {
        Path seventeen = java(17);
        Path newer = java(25);
        String classPath = System.getProperty("java.class.path");
        String main = EnvironmentDriver.class.getName();
        String out = drive(
                seventeen,
                classPath,
                site.way("slurm").with("environment { java = \"17\", control-java = \"25\" }"),
                main);
        assertThat(out).contains("RAN 17 ").contains(" - " + newer);
        out = drive(
                newer, classPath, site.way("slurm").with("environment { java = \"17\", provisioner = basic }"), main);
        assertThat(out).contains("RAN 17 ").contains(" - unsupervised");
        out = drive(newer, classPath, site.way("ssh").with("environment { java = \"same\" }"), main);
        assertThat(out).contains("RAN 25 ");
    }

    @Test
    @DisplayName(
            "R52: class files of 25 for a work runtime 17 are refused before anything is submitted, with both numbers")
    void tooNew() throws Exception {
        Path newer = java(25);
        Path source = site.local.resolve("NewDriver.java");
        Files.writeString(source, """
                import io.clustrix.Clustrix;
                import java.nio.file.Path;
                public class NewDriver {
                    public static void main(String[] args) throws Exception {
                        try (Clustrix clustrix = Clustrix.builder().configFile(Path.of(args[0])).open()) {
                            System.out.println("RAN " + clustrix.submit(() -> 42).get());
                        } catch (java.util.concurrent.ExecutionException e) {
                            System.out.println("FAILED " + e.getCause());
                        }
                    }
                }
                """);
        String classPath = System.getProperty("java.class.path");
        Path classes = Files.createDirectories(site.local.resolve("classes"));
        Ran compiled = Ran.run(
                Duration.ofSeconds(60),
                "",
                List.of(
                        newer.resolveSibling("javac").toString(),
                        "--release",
                        "25",
                        "-cp",
                        classPath,
                        "-d",
                        classes.toString(),
                        source.toString()));
        assertThat(compiled.exitCode()).as(compiled.errors()).isZero();
        String both = classes + java.io.File.pathSeparator + classPath;
        String out = drive(newer, both, site.way("slurm").with("environment { java = \"17\" }"), "NewDriver");
        assertThat(out)
                .contains("FAILED io.clustrix.spi.ProvisioningException")
                .contains("need Java 25 (class-file level 69)")
                .contains("asks for Java 17")
                .contains("compile with --release");
        try (Stream<Path> jobs = Files.walk(site.work.resolve("jobs"))) {
            assertThat(jobs.filter(f -> f.getFileName().toString().endsWith(".sh")))
                    .isEmpty();
        }
        out = drive(newer, both, site.way("slurm"), "NewDriver");
        assertThat(out).contains("RAN 42"); // the host's 25, or the driver's own
    }

    @Test
    @DisplayName("A15: a driver whose provisioner never ends does end")
    void driverEnds() throws Exception {
        String out = drive(
                Path.of(ProcessHandle.current().info().command().orElseThrow()),
                System.getProperty("java.class.path"),
                site.way("ssh").with("environment { provisioner = hopeless, timeout = 2s }"),
                EnvironmentDriver.class.getName());
        assertThat(out).contains("RAN ").contains("timed out, falling back to basic setup");
    }

    @Test
    @DisplayName("an application's Kryo of another version and the serializer's do not disturb each other")
    void otherKryo() throws Exception {
        try (Clustrix clustrix = site.open(site.way("slurm"))) {
            List<String> sent = new ArrayList<>(List.of("a", "b"));
            assertThat(RemoteSite.value(clustrix.submit(() -> {
                        com.esotericsoftware.kryo.Kryo own = new com.esotericsoftware.kryo.Kryo();
                        com.esotericsoftware.kryo.io.Output out = new com.esotericsoftware.kryo.io.Output(1024);
                        own.writeClassAndObject(out, sent);
                        return own.readClassAndObject(new com.esotericsoftware.kryo.io.Input(out.toBytes())) + " "
                                + com.esotericsoftware.kryo.Kryo.class.getPackageName();
                    })))
                    .isEqualTo("[a, b] com.esotericsoftware.kryo");
        }
    }

    /** A wrapper of the form of {@code apptainer exec IMAGE COMMAND}. */
    private Path box() throws IOException {
        Path box = site.shared.resolve("box");
        Files.writeString(box, """
                #!/bin/sh
                [ "$1" = exec ] && [ -f "$2" ] || { echo "FATAL: could not open image $2" >&2; exit 255; }
                shift 2
                BOX=inside
                export BOX
                "$@"
                exit $?
                """);
        Files.setPosixFilePermissions(box, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(site.shared.resolve("image.sif"), "");
        return box;
    }

    private String boxed(Path box, String more) {
        return "environment { prefix = [\"" + box + "\", exec, \"" + site.shared + "/image.sif\"], " + more + " }";
    }

    @ParameterizedTest
    @ValueSource(strings = {"slurm", "ssh"})
    @DisplayName("a container runs the user's code, and a Java outside of it supervises")
    void container(String executor) throws Exception {
        try (Clustrix clustrix = site.open(site.way(executor).with(boxed(box(), "")))) {
            assertThat(RemoteSite.value(clustrix.submit(() -> System.getenv("BOX"))))
                    .isEqualTo("inside");
            assertThat(RemoteSite.value(clustrix.map(0, 4, i -> i + 1))).isEqualTo(List.of(1, 2, 3, 4));
            assertThat(RemoteSite.failure(clustrix.submit(() -> {
                        Runtime.getRuntime().halt(7);
                        return 0;
                    })))
                    .isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                        assertThat(e.death()).isEqualTo(WorkerDiedException.Death.EXIT);
                        assertThat(e.exitCode()).hasValue(7);
                    });
        }
    }

    @Test
    @DisplayName("a container that is gone when the job runs is told from a worker that died")
    void containerGone() throws Exception {
        Path box = box();
        try (Clustrix clustrix = site.open(site.way("slurm").with(boxed(box, "")))) {
            assertThat(RemoteSite.value(clustrix.submit(() -> 1))).isEqualTo(1);
            Files.delete(site.shared.resolve("image.sif"));
            assertThat(RemoteSite.failure(clustrix.submit(() -> 1)))
                    .isInstanceOfSatisfying(
                            WorkerDiedException.class,
                            e -> assertThat(e.death()).isEqualTo(WorkerDiedException.Death.NOT_STARTED))
                    .hasMessageContaining("could not open image")
                    .hasMessageContaining("exit code 255");
        }
    }

    @Test
    @DisplayName("a supervised worker that crashes, is cancelled, or runs out of memory is told of as what it is")
    void supervisedDeaths() throws Exception {
        try (Clustrix clustrix = site.open(site.way("slurm").with("environment { control-java = any }"))) {
            assertThat(run(clustrix)).doesNotContain("unsupervised");
            assertThat(RemoteSite.failure(clustrix.submit(() -> {
                        new ProcessBuilder(
                                        "kill",
                                        "-SEGV",
                                        Long.toString(ProcessHandle.current().pid()))
                                .start()
                                .waitFor();
                        Thread.sleep(30_000);
                        return 0;
                    })))
                    .isInstanceOfSatisfying(
                            WorkerDiedException.class,
                            e -> assertThat(e.death()).isEqualTo(WorkerDiedException.Death.CRASH));
            assertThat(RemoteSite.failure(clustrix.submit(() -> {
                        List<long[]> all = new ArrayList<>();
                        while (true) {
                            all.add(new long[1 << 20]);
                            if (all.size() > 1 << 20) {
                                return all.hashCode();
                            }
                        }
                    })))
                    .isInstanceOf(OutOfMemoryError.class);
            String mark = "clustrix-it-" + UUID.randomUUID();
            JobFuture<String> long_ = clustrix.submit(() -> {
                System.out.println(mark);
                Thread.sleep(100_000);
                return mark;
            });
            Await.until("it runs", () -> long_.status().state() == io.clustrix.spi.JobState.RUNNING);
            assertThat(long_.cancel(true)).isTrue();
            Await.until("it is gone", () -> {
                try {
                    return site.left().isEmpty();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }
}

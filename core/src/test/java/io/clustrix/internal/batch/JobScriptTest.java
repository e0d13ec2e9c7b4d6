package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The script is run by every shell that is here, with a java that writes down how it was called. */
@Timeout(60)
class JobScriptTest {
    private static final JobVariables SLURM =
            new JobVariables("SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", 0, Optional.of("SLURM_RESTART_COUNT"));
    private static final JobVariables SGE = new JobVariables("JOB_ID", "SGE_TASK_ID", 1, Optional.empty());
    private static final Surroundings PLAIN = environment(List.of(), List.of(), List.of(), Map.of());

    /** What a job runs in, and options of its JVM. */
    private record Surroundings(Environment environment, List<String> options) {}

    @TempDir
    private Path dir;

    private final LocalShell shell = new LocalShell();

    @AfterEach
    void end() {
        shell.close();
    }

    static Stream<List<String>> shells() {
        return Stream.of(
                        List.of("sh"),
                        List.of("dash"),
                        List.of("bash"),
                        List.of("bash", "--posix"),
                        List.of("busybox", "sh"))
                .filter(s -> Stream.of("/bin/", "/usr/bin/").anyMatch(d -> Files.isExecutable(Path.of(d + s.get(0)))));
    }

    private static Surroundings environment(
            List<String> options, List<String> modules, List<String> setup, Map<String, String> variables) {
        return surroundings(List.of("fake java"), false, options, modules, setup, variables);
    }

    private static Surroundings surroundings(
            List<String> java,
            boolean lookedUp,
            List<String> options,
            List<String> modules,
            List<String> setup,
            Map<String, String> variables) {
        return new Surroundings(
                new Environment(java, lookedUp, List.of(), 17, modules, setup, variables, "a fake"), options);
    }

    private Path job(String name) throws IOException {
        Path job = Files.createDirectories(dir.resolve(name));
        for (String d : List.of("claims", "exits", "results", "attempts")) {
            Files.createDirectories(job.resolve(d));
        }
        return job;
    }

    /** Of the scripts that follow. */
    private Optional<ClassData> classData = Optional.empty();

    private String script(
            Path job,
            JobVariables variables,
            ElementSet elements,
            int attempt,
            String skip,
            Surroundings environment,
            Resources resources,
            Map<String, String> jobVariables) {
        return JobScript.text(
                new JobKey(1, 2),
                List.of("#SBATCH --ntasks=1"),
                variables,
                new RemotePath(job.toString()),
                elements,
                attempt,
                skip,
                environment.environment(),
                environment.options(),
                resources,
                jobVariables,
                "",
                classData);
    }

    private String script(Path job, JobVariables variables, ElementSet elements, Surroundings environment) {
        return script(job, variables, elements, 0, "-", environment, Resources.none(), Map.of());
    }

    /** Runs a script; {@code java} are the lines of the java that it finds. */
    private CommandResult run(List<String> with, String script, String java, String... environment)
            throws IOException, InterruptedException {
        Path bin = Files.createDirectories(dir.resolve("bin"));
        Path fake = Files.writeString(bin.resolve("fake java"), "#!/bin/sh\n" + java + "\n");
        assertThat(fake.toFile().setExecutable(true)).isTrue();
        Path file = Files.writeString(dir.resolve("p0.sh"), script);
        List<String> words = new ArrayList<>(List.of("env", "PATH=" + bin + ":" + System.getenv("PATH")));
        words.addAll(List.of(environment));
        words.addAll(with);
        words.add(file.toString());
        return shell.run(Command.of(words));
    }

    private static final String RECORD =
            "printf '%s\\n' \"$@\" > called\nwhile [ \"$1\" != io.clustrix.worker.BatchWorker ]; do shift; done\ntouch \"results/$3\"";

    /** The arguments after the worker's class. */
    private static List<String> called(Path job) throws IOException {
        List<String> all = Files.readAllLines(job.resolve("called"));
        return all.subList(all.indexOf("io.clustrix.worker.BatchWorker") + 1, all.size());
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("The scheduler's index becomes the element, from 0 or from 1, of a range and of a list")
    void elements(List<String> with) throws Exception {
        Path job = job("job");
        run(with, script(job, SLURM, ElementSet.range(40, 50), PLAIN), RECORD, "SLURM_ARRAY_TASK_ID=7");
        assertThat(called(job)).containsExactly(".", "47", "0", "0", "-");
        run(with, script(job, SGE, ElementSet.range(0, 3), PLAIN), RECORD, "SGE_TASK_ID=1");
        assertThat(called(job)).containsExactly(".", "0", "0", "0", "-");
        BitSet some = new BitSet();
        some.set(3);
        some.set(17);
        some.set(29);
        run(with, script(job, SGE, ElementSet.of(some), PLAIN), RECORD, "SGE_TASK_ID=3");
        assertThat(called(job)).containsExactly(".", "29", "0", "0", "-");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A Java that was looked up on the host, and that the node lacks, is looked up there; no other is")
    void lookedUp(List<String> with) throws Exception {
        Path job = job("job");
        List<String> java = List.of(dir + "/not here/java");
        Map<String, String> home = Map.of("JAVA_HOME", dir.resolve("a home").toString());
        Path bin = Files.createDirectories(dir.resolve("a home/bin"));
        Files.createSymbolicLink(bin.resolve("java"), dir.resolve("bin/fake java"));
        run(
                with,
                script(
                        job,
                        SGE,
                        ElementSet.range(0, 1),
                        surroundings(java, true, List.of(), List.of(), List.of(), home)),
                RECORD);
        assertThat(called(job)).containsExactly(".", "0", "0", "0", "-");
        CommandResult r = run(
                with,
                script(
                        job,
                        SGE,
                        ElementSet.range(1, 2),
                        surroundings(java, false, List.of(), List.of(), List.of(), home)),
                RECORD);
        assertThat(r.exit()).isEqualTo(127);
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName(
            "The first worker that may writes an archive of its classes, later ones use it; what failed is left for a day")
    void classData(List<String> with) throws Exception {
        Path job = job("job");
        Path archive = Files.createDirectories(dir.resolve("an env")).resolve("classes.jsa");
        Path making = dir.resolve("an env/classes.jsa.making");
        String java =
                "for a; do case $a in -XX:ArchiveClassesAtExit=*) echo archived > \"${a#*=}\" ;; esac; done\n" + RECORD;
        classData = Optional.of(new ClassData(new RemotePath(archive.toString()), false));
        run(with, script(job, SGE, ElementSet.range(0, 1), PLAIN), java);
        assertThat(Files.readString(job.resolve("called"))).doesNotContain("-XX:");
        classData = Optional.of(new ClassData(new RemotePath(archive.toString()), true));
        CommandResult r = run(with, script(job, SGE, ElementSet.range(1, 2), PLAIN), "exit 3");
        assertThat(r.exit()).isEqualTo(3);
        assertThat(making).doesNotExist();
        run(with, script(job, SGE, ElementSet.range(2, 3), PLAIN), RECORD);
        assertThat(archive).doesNotExist();
        assertThat(making).isDirectory();
        run(with, script(job, SGE, ElementSet.range(3, 4), PLAIN), java);
        assertThat(Files.readString(job.resolve("called"))).doesNotContain("-XX:");
        Files.delete(making);
        run(with, script(job, SGE, ElementSet.range(4, 5), PLAIN), java);
        assertThat(archive).hasContent("archived");
        assertThat(making).doesNotExist();
        run(with, script(job, SGE, ElementSet.range(5, 6), PLAIN), java);
        assertThat(Files.readAllLines(job.resolve("called")))
                .startsWith("-XX:SharedArchiveFile=" + archive, "-Xlog:disable");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A8, A9: words may stand before the Java; a supervisor is started only if there is one")
    void twoRuntimes(List<String> with) throws Exception {
        Path job = job("job");
        Path prefix =
                Files.writeString(dir.resolve("box"), "#!/bin/sh\nprintf '%s\\n' \"$@\" > boxed; shift; exec \"$@\"\n");
        assertThat(prefix.toFile().setExecutable(true)).isTrue();
        run(
                with,
                script(
                        job,
                        SGE,
                        ElementSet.range(0, 1),
                        surroundings(
                                List.of(prefix.toString(), "the image", "fake java"),
                                false,
                                List.of("-Xss2m"),
                                List.of(),
                                List.of(),
                                Map.of())),
                RECORD);
        assertThat(Files.readAllLines(job.resolve("boxed"))).startsWith("the image", "fake java", "-Xss2m");
        assertThat(called(job)).containsExactly(".", "0", "0", "0", "-");
        Files.delete(job.resolve("called"));
        Environment two = new Environment(
                List.of("the work java"), false, List.of("fake java"), 17, List.of(), List.of(), Map.of(), "two");
        run(
                with,
                script(job, SGE, ElementSet.range(3, 4), new Surroundings(two, List.of("-Xss2m"))),
                "printf '%s\\n' \"$@\" > called; touch results/3");
        List<String> all = Files.readAllLines(job.resolve("called"));
        assertThat(all.subList(all.indexOf("io.clustrix.worker.Supervisor"), all.size()))
                .containsExactly(
                        "io.clustrix.worker.Supervisor",
                        ".",
                        "3",
                        "0",
                        "0",
                        "the work java",
                        "-Xss2m",
                        "@class-path",
                        "io.clustrix.worker.BatchWorker",
                        ".",
                        "3",
                        "0",
                        "0",
                        "-");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A submission of one element is that element, whatever index is in the environment")
    void noArray(List<String> with) throws Exception {
        Path job = job("job");
        run(with, script(job, SGE, ElementSet.range(5, 6), PLAIN), RECORD, "SGE_TASK_ID=undefined");
        assertThat(called(job)).containsExactly(".", "5", "0", "0", "-");
        Files.delete(job.resolve("called"));
        run(
                with,
                script(job, SLURM, ElementSet.range(6, 7), 2, "4,5", PLAIN, Resources.none(), Map.of()),
                RECORD,
                "SLURM_ARRAY_TASK_ID=3",
                "SLURM_RESTART_COUNT=1");
        assertThat(called(job)).containsExactly(".", "6", "2", "1", "4,5");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A twin of an attempt does nothing and says so; a restart by the scheduler is no twin (R20)")
    void claims(List<String> with) throws Exception {
        Path job = job("job");
        String script = script(job, SLURM, ElementSet.range(0, 1), PLAIN);
        assertThat(run(with, script, RECORD).exit()).isZero();
        Files.delete(job.resolve("called"));
        Files.delete(job.resolve("results/0"));
        CommandResult twin = run(with, script, RECORD);
        assertThat(twin.exit()).isZero();
        assertThat(twin.err()).contains("another copy of this job has been started already");
        assertThat(job.resolve("called")).doesNotExist();
        assertThat(job.resolve("exits")).isEmptyDirectory();
        run(with, script, RECORD, "SLURM_RESTART_COUNT=1");
        assertThat(called(job)).containsExactly(".", "0", "0", "1", "-");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("An exit record is written if, and only if, there is no result")
    void exitRecord(List<String> with) throws Exception {
        Path job = job("job");
        CommandResult r = run(with, script(job, SLURM, ElementSet.range(0, 1), PLAIN), "exit 91", "SLURM_JOB_ID=1234");
        assertThat(r.exit()).isEqualTo(91);
        assertThat(Files.readAllLines(job.resolve("exits/0.0.0")))
                .contains("code=91", "job=1234")
                .anyMatch(l -> l.matches("started=[0-9]+"))
                .anyMatch(l -> l.matches("ended=[0-9]+"))
                .anyMatch(l -> l.matches("node=.+"));
        String record = Files.readString(job.resolve("exits/0.0.0"));
        assertThat(WorkerUse.UNKNOWN.with(Map.of(), record).cpuMillis())
                .as(record)
                .isNotNegative();
        run(with, script(job, SLURM, ElementSet.range(1, 2), PLAIN), "touch results/1; exit 5");
        assertThat(job.resolve("exits")).isDirectoryNotContaining("glob:**1.0.0");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "98,98", "99,1", "100,1", "101,101"})
    @DisplayName("Exit codes that are orders to a scheduler (99, 100) become 1; the record has the true one")
    void orders(int code, int expected) throws Exception {
        Path job = job("job");
        CommandResult r = run(List.of("sh"), script(job, SLURM, ElementSet.range(0, 1), PLAIN), "exit " + code);
        assertThat(r.exit()).isEqualTo(expected);
        assertThat(Files.readAllLines(job.resolve("exits/0.0.0"))).contains("code=" + code);
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A signal to the script reaches the worker, and the exit record is written all the same")
    void signal(List<String> with) throws Exception {
        Path job = job("job");
        String script = script(
                job,
                SLURM,
                ElementSet.range(0, 1),
                environment(List.of(), List.of(), List.of("echo $$ > pid"), Map.of()));
        FutureTask<CommandResult> run = new FutureTask<>(() -> run(
                with, script, "trap 'echo yes > told; exit 17' TERM; echo $$ > ready; while :; do sleep 0.05; done"));
        Thread thread = new Thread(run);
        thread.start();
        FakeSite.await("the worker", () -> Files.exists(job.resolve("ready")));
        Thread.sleep(100);
        shell.run(
                Command.of("kill", "-TERM", Files.readString(job.resolve("pid")).strip()));
        assertThat(run.get().exit()).isEqualTo(17);
        assertThat(job.resolve("told")).exists();
        assertThat(Files.readAllLines(job.resolve("exits/0.0.0"))).contains("code=17");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("Set-up lines run before the worker, and what they export reaches it")
    void setup(List<String> with) throws Exception {
        Path job = job("job");
        run(
                with,
                script(
                        job,
                        SLURM,
                        ElementSet.range(0, 1),
                        environment(List.of(), List.of(), List.of("export A=1", "B=2; export B"), Map.of())),
                "echo \"$A$B\" > seen; touch results/0");
        assertThat(job.resolve("seen")).hasContent("12");
    }

    private CommandResult setUp(List<String> with, Path job, List<String> modules, String... setup) throws Exception {
        return run(
                with,
                script(job, SLURM, ElementSet.range(0, 1), environment(List.of(), modules, List.of(setup), Map.of())),
                RECORD,
                "SLURM_JOB_ID=1234");
    }

    private static void assertNotSetUp(Path job, CommandResult r, String why) throws IOException {
        assertThat(r.exit()).isEqualTo(JobScript.EXIT_SET_UP);
        assertThat(r.err()).contains(why);
        assertThat(job.resolve("called")).doesNotExist();
        assertThat(Files.readAllLines(job.resolve("exits/0.0.0"))).contains("code=73", "job=1234");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("Where there are no environment modules, the script ends and says so")
    void noModules(List<String> with) throws Exception {
        Path job = job("job");
        assertNotSetUp(job, setUp(with, job, List.of("java/17")), "java/17. There is no command module");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A module that can't be loaded ends the script, with what module said; those after it are not tried")
    void failingModule(List<String> with) throws Exception {
        Path bin = Files.createDirectories(dir.resolve("bin"));
        Path module = Files.writeString(
                bin.resolve("module"),
                "#!/bin/sh\necho \"$2\" >> loaded\ncase $2 in no*) echo \"unknown: $2\" >&2; exit 3 ;; esac\n");
        assertThat(module.toFile().setExecutable(true)).isTrue();
        Path job = job("job");
        CommandResult r = setUp(with, job, List.of("yes", "no-such/1", "later"), "touch reached");
        assertNotSetUp(job, r, "unknown: no-such/1\nmodule load no-such/1 failed with exit code 3");
        assertThat(job.resolve("loaded")).hasContent("yes\nno-such/1");
        assertThat(job.resolve("reached")).doesNotExist();
        Path other = job("other");
        assertThat(setUp(with, other, List.of("yes"), "touch reached").exit()).isZero();
        assertThat(called(other)).hasSize(5);
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName(
            "A line of setup that ends the script leaves an exit record, wherever it went; one that fails does not")
    void setupEnds(List<String> with) throws Exception {
        Path job = job("job");
        CommandResult r = setUp(with, job, List.of(), "cd /", "[ -d /no/such/place ] || exit 3");
        assertNotSetUp(job, r, "environment.setup, or a module, ended the script with exit code 3");
        Path other = job("other");
        r = setUp(with, other, List.of(), "false", "(exit 4)", "x=$(exit 5)", "trap 'touch parted' EXIT");
        assertThat(r.exit()).isZero();
        assertThat(called(other)).hasSize(5);
        assertThat(other.resolve("exits")).isEmptyDirectory();
        assertThat(other.resolve("parted")).exists(); // the user's own trap
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("With setup, too, the worker's exit code is the script's, and it stands in the record")
    void setupAndExitCode(List<String> with) throws Exception {
        Path job = job("job");
        String script = script(
                job, SLURM, ElementSet.range(0, 1), environment(List.of(), List.of(), List.of("true"), Map.of()));
        CommandResult r = run(with, script, "[ \"$1\" = -version ] && exec echo 'java 99'; exit 1");
        assertThat(r.exit()).isEqualTo(1);
        assertThat(r.err()).contains("The Java was fake java: java 99").doesNotContain("environment.setup");
        assertThat(Files.readAllLines(job.resolve("exits/0.0.0"))).contains("code=1");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("A JVM that crashes leaves no core file, unless setup or an option of the JVM says so")
    void coreFiles(List<String> with) throws Exception {
        // The hard limit is what can be had here at most.
        Surroundings bySetup = environment(List.of(), List.of(), List.of("ulimit -S -c $(ulimit -H -c)"), Map.of());
        Surroundings byOption = environment(List.of("-XX:+CreateCoredumpOnCrash"), List.of(), List.of(), Map.of());
        List<String> limits = new ArrayList<>();
        for (Surroundings environment : List.of(PLAIN, bySetup, byOption)) {
            Path job = job("job" + limits.size());
            List<String> limited =
                    new ArrayList<>(List.of("sh", "-c", "ulimit -S -c $(ulimit -H -c); exec \"$@\"", "sh"));
            limited.addAll(with);
            run(
                    limited,
                    script(job, SLURM, ElementSet.range(0, 1), environment),
                    "ulimit -S -c > limit; touch results/0");
            limits.add(Files.readString(job.resolve("limit")).strip());
        }
        assertThat(limits.get(0)).isEqualTo("0");
        String most = shell.run(Command.of("sh", "-c", "ulimit -H -c")).out().strip();
        assertThat(limits.subList(1, 3)).containsExactly(most, most);
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("Values of variables arrive as they are: quotes, newlines, dollars, backquotes, per cents (R41)")
    void variables(List<String> with) throws Exception {
        Path job = job("job");
        String hostile = "it's \"q\" $(touch hacked) `touch hacked` \\ %d\n\tü\n#SBATCH --x\n'";
        run(
                with,
                script(
                        job,
                        SLURM,
                        ElementSet.range(0, 1),
                        0,
                        "-",
                        environment(
                                List.of("-Dx=$(touch hacked)'"), List.of(), List.of(), Map.of("A", "lost", "B", "b")),
                        Resources.none(),
                        Map.of("A", hostile)),
                "printf '%s|%s' \"$A\" \"$B\" > seen; printf '%s' \"$1\" > option; touch results/0");
        assertThat(job.resolve("seen")).hasContent(hostile + "|b");
        assertThat(job.resolve("option")).hasContent("-Dx=$(touch hacked)'");
        assertThat(job.resolve("hacked")).doesNotExist();
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName("The job's directory may have blanks, quotes, dollars, per cents and other alphabets in its name")
    void directory(List<String> with) throws Exception {
        String name = "work of 'Jürgen' \"x\" $HOME %j 漢";
        Path job;
        try {
            job = job(name);
        } catch (java.nio.file.InvalidPathException e) {
            job = job("work of 'Jurgen' \"x\" $HOME %j"); // this JVM's locale has no such names
        }
        CommandResult r = run(with, script(job, SLURM, ElementSet.range(0, 1), PLAIN), RECORD);
        assertThat(r.err()).isEmpty();
        assertThat(called(job)).containsExactly(".", "0", "0", "0", "-");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName(
            "Where the directory's name is not ASCII, the worker gets a locale in which a JVM finds its class path")
    void locale(List<String> with) throws Exception {
        Path job;
        try {
            job = job("Jürgen");
        } catch (java.nio.file.InvalidPathException e) {
            return; // this JVM's own locale is C
        }
        run(with, script(job, SLURM, ElementSet.range(0, 1), PLAIN), "locale charmap > seen", "LC_ALL=C");
        assertThat(job.resolve("seen")).hasContent("UTF-8");
        Path plain = job("plain");
        run(with, script(plain, SLURM, ElementSet.range(0, 1), PLAIN), "echo $LC_ALL > seen", "LC_ALL=C");
        assertThat(plain.resolve("seen")).hasContent("C");
    }

    @ParameterizedTest
    @MethodSource("shells")
    @DisplayName(
            "A worker that inherits the scheduler's command's environment goes by the login's locale and time zone")
    void loginsOwn(List<String> with) throws Exception {
        Path job = job("job");
        String seen = "env | grep -E '^(LC_ALL|TZ|CLUSTRIX_TZ)=' > seen";
        String script = script(job, SLURM, ElementSet.range(0, 1), PLAIN);
        run(with, script, seen, "LC_ALL=C", "TZ=UTC", "CLUSTRIX_TZ=set=Europe/Rome");
        assertThat(job.resolve("seen")).hasContent("TZ=Europe/Rome");
        Path other = job("other");
        run(with, script(other, SLURM, ElementSet.range(0, 1), PLAIN), seen, "LC_ALL=C", "TZ=UTC", "CLUSTRIX_TZ=set");
        assertThat(other.resolve("seen")).isEmptyFile();
    }

    @Test
    @DisplayName("A directory that the node can't see ends the script with a code of its own")
    void noDirectory() throws Exception {
        CommandResult r =
                run(List.of("sh"), script(dir.resolve("nowhere"), SLURM, ElementSet.range(0, 1), PLAIN), RECORD);
        assertThat(r.exit()).isEqualTo(JobScript.EXIT_NO_DIRECTORY);
    }

    @Test
    @DisplayName("Variables that steer sbatch do not leak to what the job submits itself; srun hands all on (R47)")
    void leaks() throws Exception {
        Path job = job("job");
        run(
                List.of("sh"),
                script(job, SLURM, ElementSet.range(0, 1), PLAIN),
                "env > seen; touch results/0",
                "SBATCH_EXPORT=NONE");
        assertThat(Files.readString(job.resolve("seen")))
                .doesNotContain("SBATCH_EXPORT")
                .contains("SRUN_EXPORT_ENV=ALL");
    }

    @Test
    @DisplayName("The memory that was asked for makes the heap's size, unless one is given")
    void heapOption() throws Exception {
        Path job = job("job");
        Resources r =
                Resources.builder().memory(Memory.ofMebibytes(4096)).cores(3).build();
        assertThat(script(job, SLURM, ElementSet.range(0, 1), 0, "-", PLAIN, r, Map.of()))
                .contains("'-Xmx3584m'")
                .contains("'-XX:ActiveProcessorCount=3'");
        assertThat(script(
                        job,
                        SLURM,
                        ElementSet.range(0, 1),
                        0,
                        "-",
                        environment(List.of("-Xmx1g"), List.of(), List.of(), Map.of()),
                        r,
                        Map.of()))
                .contains("'-Xmx1g'")
                .doesNotContain("3584");
    }

    @ParameterizedTest
    @CsvSource({
        // MiB of address space, of memory asked for (0: none), and what the JVM then gets
        "512, 300, -Xmx116m, 32m, true",
        "1024, 1024, -Xmx532m, 64m, true",
        "1024, 500, -Xmx308m, 64m, true",
        "3072, 0, -Xmx2196m, 192m, true",
        "8192, 0, -Xmx6388m, 240m, false",
        "320, 0, -Xmx16m, 32m, true"
    })
    @DisplayName("Where the address space is limited, heap, classes, code and collector are chosen so that a JVM fits")
    void addressSpace(int limit, int memory, String heap, String part, boolean serial) throws Exception {
        Path job = job("job");
        Resources r = memory == 0
                ? Resources.none()
                : Resources.builder().memory(Memory.ofMebibytes(memory)).build();
        String script = script(job, SLURM, ElementSet.range(0, 1), 0, "-", PLAIN, r, Map.of());

        CommandResult result =
                run(List.of("sh", "-c", "ulimit -v " + limit * 1024 + "; exec sh \"$0\""), script, RECORD);

        assertThat(result.exit()).as(result.summary()).isZero();
        List<String> options = Files.readAllLines(job.resolve("called"));
        assertThat(options.stream().filter(o -> o.startsWith("-Xmx")).reduce((a, b) -> b))
                .as("the last one counts")
                .hasValue(heap);
        assertThat(options)
                .contains("-XX:CompressedClassSpaceSize=" + part, "-XX:ReservedCodeCacheSize=" + part)
                .satisfies(o -> assertThat(o.contains("-XX:+UseSerialGC")).isEqualTo(serial));
    }

    @Test
    @DisplayName("Options of the user's own go before those that are chosen for a limited address space")
    void addressSpaceOfUsers() throws Exception {
        Path job = job("job");
        Surroundings own = environment(List.of("-Xmx77m", "-XX:+UseParallelGC"), List.of(), List.of(), Map.of());
        String script = script(job, SLURM, ElementSet.range(0, 1), 0, "-", own, Resources.none(), Map.of());

        CommandResult result = run(List.of("sh", "-c", "ulimit -v 1048576; exec sh \"$0\""), script, RECORD);

        assertThat(result.exit()).as(result.summary()).isZero();
        assertThat(Files.readAllLines(job.resolve("called")))
                .contains("-Xmx77m", "-XX:+UseParallelGC")
                .doesNotContain("-XX:+UseSerialGC")
                .filteredOn(o -> o.startsWith("-Xmx"))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,1", "100,50", "384,192", "512,320", "1536,1344", "4096,3584", "1048576,917504"})
    @DisplayName("The heap leaves room for the rest of the JVM")
    void heap(long memory, long heap) {
        assertThat(JobScript.heap(memory)).isEqualTo(heap);
    }

    @Test
    @DisplayName(
            "The class path's file is read by a real java as it was meant, blanks, quotes and backslashes included")
    void classPathFile() throws Exception {
        Path odd = Files.createDirectories(dir.resolve("a \"b\" \\c #d 'e"));
        Path file = dir.resolve("class-path");
        Files.write(file, JobScript.classPathFile(List.of(odd + "/x.jar", "/y z.jar")));
        CommandResult r = shell.run(Command.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + file,
                "-XshowSettings:properties",
                "-version"));
        assertThat(r.err()).contains(odd + "/x.jar").contains("/y z.jar");
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)).startsWith("-cp\n\"");
    }
}

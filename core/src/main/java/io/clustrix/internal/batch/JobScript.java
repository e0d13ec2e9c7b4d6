package io.clustrix.internal.batch;

import io.clustrix.internal.staging.ShellWords;
import io.clustrix.spi.Environment;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.worker.BatchWorker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The text of the script that a scheduler runs for each element of one submission. POSIX shell; every value from
 * outside stands in single quotes.
 *
 * <p>The script finds out which element it is, claims the attempt (a twin of a submit that was repeated ends here),
 * runs the worker, and if that has published no result, writes down how it ended.
 */
final class JobScript {
    /** Exit code if the job's directory can't be reached from the node. */
    static final int EXIT_NO_DIRECTORY = 72;

    /** Exit code if the environment of the worker could not be set up; standard error says why. */
    static final int EXIT_SET_UP = 73;

    /** Bytes of a JVM beside its heap: the larger of these two, but never more than half. */
    private static final int SMALLEST_REST_MEBIBYTES = 192;

    private static final int REST_PART = 8;

    /** Addresses that a JVM takes beside heap, classes and code. */
    private static final int ADDRESSES_MEBIBYTES = 300;

    /** Variables of the script with an option of the JVM each, or none. */
    private static final List<String> FITTED = List.of("fit_collector", "fit_classes", "fit_code", "fit_heap");

    /** A supervisor waits, and should cost next to nothing. */
    private static final List<String> CONTROL_OPTIONS =
            List.of("-Xmx16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData");

    private JobScript() {}

    /**
     * The text.
     *
     * @param directives the dialect's lines
     * @param variables what the scheduler tells its jobs
     * @param directory the job's directory
     * @param elements which element is the first, second, ... of this submission
     * @param attempt the number of the attempt
     * @param skip the tasks that are not to be run, as the worker takes them
     * @param environment what the worker runs in
     * @param jvmOptions options of its JVM
     * @param workingDirectory the worker's working directory; empty: the job's directory
     * @param classData the archive of the worker's classes, if it is to have one
     */
    static String text(
            JobKey key,
            List<String> directives,
            JobVariables variables,
            RemotePath directory,
            ElementSet elements,
            int attempt,
            String skip,
            Environment environment,
            List<String> jvmOptions,
            Resources resources,
            Map<String, String> jobVariables,
            String workingDirectory,
            Optional<ClassData> classData) {
        StringBuilder s = new StringBuilder("#!/bin/sh\n");
        directives.forEach(d -> line(s, d));
        line(s, "# Clustrix job " + key);
        line(s, "umask 077");
        login(s);
        line(s, "directory=" + quoted(directory.value()));
        line(s, "cd \"$directory\" || exit " + EXIT_NO_DIRECTORY);
        if (elements.size() == 1) {
            // No array, but there may be an index: that of the job which the driver itself runs in, or "undefined".
            line(s, "position=0");
        } else {
            line(s, "position=$((" + variables.index() + " - " + variables.firstIndex() + "))");
        }
        if (elements.isRange()) {
            line(s, "element=$((position + " + elements.first() + "))");
        } else {
            line(s, "set -- " + elements.listed());
            line(s, "shift \"$position\"");
            line(s, "element=$1");
        }
        line(s, "attempt=" + attempt);
        line(s, "restart=" + variables.restarts().map(r -> "${" + r + ":-0}").orElse("0"));
        line(s, "run=\"$element.$attempt.$restart\"");
        line(s, "if ! mkdir \"claims/$run\"; then");
        line(s, "    [ -d \"claims/$run\" ] || exit " + EXIT_NO_DIRECTORY);
        line(s, "    echo 'another copy of this job has been started already; this one does nothing' >&2");
        line(s, "    exit 0");
        line(s, "fi");
        // What the scheduler sets for this job must not leak into jobs that the user's code submits itself.
        line(s, "for name in $(env | sed -n 's/^\\(SBATCH_[A-Za-z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done");
        // A job that was submitted without the login's environment would hand none on to its own srun (requirement
        // R47).
        line(s, "export SRUN_EXPORT_ENV=ALL");
        line(s, "unset " + BatchWorker.LEASE_VARIABLE); // that of the job which the driver itself runs in
        line(s, "started=$(date +%s)");
        finish(s, variables);
        if (jvmOptions.stream().noneMatch(o -> o.contains("CreateCoredumpOnCrash"))) {
            // A core file is as large as the memory, in a directory with a quota. The JVM's own option against it would
            // make a crash look like an exit with code 1.
            line(s, "ulimit -S -c 0 2>/dev/null");
        }
        Map<String, String> all = new TreeMap<>(environment.variables());
        all.putAll(jobVariables);
        setUp(s, environment, all);
        line(s, "export " + BatchWorker.ENVIRONMENT_VARIABLE + "=" + quoted(environment.description()));
        all.remove(BatchWorker.LEASE_VARIABLE);
        if (!all.isEmpty()) {
            line(s, "export " + BatchWorker.VARIABLES_VARIABLE + "=" + quoted(String.join(" ", all.keySet())));
        }
        // In the locale C a JVM can neither read variables nor spell file names that are not ASCII.
        line(s, "if [ -z \"${LC_ALL:-}${LC_CTYPE:-}${LANG:-}\" ]; then");
        line(s, "    { LC_CTYPE=C.UTF-8; export LC_CTYPE; } 2>/dev/null");
        line(s, "fi");
        if (!directory.value().chars().allMatch(c -> c < 128)) {
            // A JVM in the locale C finds no class path whose name is not ASCII.
            line(s, "if [ \"$(locale charmap 2>/dev/null)\" != UTF-8 ]; then");
            line(s, "    for name in C.UTF-8 en_US.UTF-8; do");
            line(s, "        if [ \"$(LC_ALL=$name locale charmap 2>/dev/null)\" = UTF-8 ]; then");
            line(s, "            export LC_ALL=$name");
            line(s, "            break");
            line(s, "        fi");
            line(s, "    done");
            line(s, "fi");
        }
        line(s, "started=$(date +%s)");
        fit(s, jvmOptions, resources);
        java(s, environment);
        line(s, "share=");
        line(s, "making=");
        classData.ifPresent(c -> share(s, c));
        line(s, command(environment, jvmOptions, resources, skip, workingDirectory) + " &");
        // A shell that waits runs its trap at once, one that runs a command in the foreground only afterwards.
        line(s, "worker=$!");
        line(s, "trap 'kill -TERM \"$worker\" 2>/dev/null' TERM INT XCPU USR1 USR2");
        line(s, "wait \"$worker\"");
        line(s, "code=$?");
        line(s, "while [ \"$code\" -gt 128 ] && kill -0 \"$worker\" 2>/dev/null; do wait \"$worker\"; code=$?; done");
        // Where no archive could be made, the directory stays for a day, so that not every worker tries.
        line(s, "if [ -n \"$making\" ]; then");
        line(s, "    if [ \"$code\" -eq 0 ] && [ -s \"$making/new\" ]; then");
        line(s, "        mv -f \"$making/new\" \"${making%.making}\" && rm -rf \"$making\"");
        line(s, "    elif [ \"$code\" -ne 0 ]; then");
        line(s, "        rm -rf \"$making\"");
        line(s, "    fi");
        line(s, "fi");
        // A JVM that did not come up does not say which one it is.
        line(s, "case $code in 1|126|127)");
        line(s, "    [ -e \"$directory/attempts/$run.part\" ] || [ -e \"$directory/results/$element\" ] ||");
        line(s, "        echo \"The Java was $java: $(\"$java\" -version 2>&1 </dev/null | head -n 1)\" >&2 ;;");
        line(s, "esac");
        line(s, "finish \"$code\"");
        return s.toString();
    }

    /** Where the scheduler hands on the environment of its command, what was changed in it is put right. */
    private static void login(StringBuilder s) {
        line(s, "case ${CLUSTRIX_TZ-} in");
        line(s, "    set=*) unset LC_ALL; TZ=${CLUSTRIX_TZ#set=} ;;");
        line(s, "    set) unset LC_ALL TZ ;;");
        line(s, "esac");
        line(s, "unset CLUSTRIX_TZ");
    }

    /** The function by which the script ends from here on: writes the exit record, if there is no result. */
    private static void finish(StringBuilder s, JobVariables variables) {
        line(s, "finish() {");
        line(s, "    if [ ! -e \"$directory/results/$element\" ]; then");
        line(
                s,
                "        { printf 'code=%s\\nnode=%s\\nstarted=%s\\nended=%s\\njob=%s\\n' \"$1\" \"$(uname -n)\" \"$started\""
                        + " \"$(date +%s)\" \"${" + variables.job() + ":-}\"");
        // Two lines: the CPU time of this shell, and that of its children, the worker among them. In no subshell, which
        // would tell of its own.
        line(s, "        times; } > \"$directory/exits/.$run\"");
        line(s, "        mv -f \"$directory/exits/.$run\" \"$directory/exits/$run\"");
        line(s, "    fi");
        // To some schedulers these two are orders: to run the job again, or to set it aside.
        line(s, "    case $1 in 99|100) exit 1 ;; esac");
        line(s, "    exit \"$1\"");
        line(s, "}");
    }

    private static void setUp(StringBuilder s, Environment environment, Map<String, String> variables) {
        if (!environment.modules().isEmpty()) {
            line(s, "if ! command -v module >/dev/null 2>&1; then");
            line(s, "    for file in /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh; do");
            line(s, "        [ -r \"$file\" ] && . \"$file\"");
            line(s, "    done");
            line(s, "fi");
            line(s, "if ! command -v module >/dev/null 2>&1; then");
            String names = String.join(" ", environment.modules());
            line(
                    s,
                    "    echo "
                            + quoted("environment.modules can't be loaded: " + names + ". There is no command module")
                            + " >&2");
            line(s, "    finish " + EXIT_SET_UP);
            line(s, "fi");
        }
        if (!environment.modules().isEmpty() || !environment.setup().isEmpty()) {
            // Not for 0: that is also what bash has here when a signal ends it, and then the scheduler knows why.
            line(s, "setting_up=yes");
            line(s, "trap 'code=$?; if [ -n \"$setting_up\" ] && [ \"$code\" -gt 0 ] && [ \"$code\" -le 128 ]; then");
            line(s, "    echo \"A line of environment.setup, or a module, ended the script with exit code $code\" >&2");
            line(s, "    finish " + EXIT_SET_UP);
            line(s, "fi' EXIT");
        }
        for (String m : environment.modules()) {
            // Some module systems return 0 in any case.
            line(s, "module load " + quoted(m) + " || {");
            line(s, "    echo " + quoted("module load " + m) + "\" failed with exit code $?\" >&2");
            line(s, "    setting_up=");
            line(s, "    finish " + EXIT_SET_UP);
            line(s, "}");
        }
        environment.setup().forEach(l -> line(s, l));
        line(s, "setting_up="); // the trap may be the user's by now, and stays
        variables.forEach((name, value) -> line(s, "export " + name + "=" + quoted(value)));
    }

    private static void java(StringBuilder s, Environment environment) {
        line(s, "java=" + quoted(environment.java().get(environment.java().size() - 1)));
        if (environment.lookedUp()) {
            // What is in the PATH of the host may lie elsewhere on the node.
            line(s, "if [ ! -x \"$java\" ]; then");
            line(s, "    if [ -n \"${JAVA_HOME:-}\" ]; then java=$JAVA_HOME/bin/java; else java=java; fi");
            line(s, "fi");
        }
    }

    private static void share(StringBuilder s, ClassData classData) {
        line(s, "classes=" + quoted(classData.archive().value()));
        // Where the address space is limited, there is no room for it.
        line(s, "if [ \"$(ulimit -v)\" != unlimited ]; then");
        line(s, "    :");
        line(s, "elif [ -r \"$classes\" ]; then");
        line(s, "    share=-XX:SharedArchiveFile=$classes");
        if (classData.make()) {
            line(s, "elif mkdir \"$classes.making\" 2>/dev/null; then");
            line(s, "    making=$classes.making");
            line(s, "    share=-XX:ArchiveClassesAtExit=$making/new");
        }
        line(s, "fi");
    }

    private static String command(
            Environment environment,
            List<String> jvmOptions,
            Resources resources,
            String skip,
            String workingDirectory) {
        // Not the job's directory if that can be avoided: a JVM in the locale C can't spell a name that is not ASCII.
        boolean elsewhere = !workingDirectory.isEmpty();
        String classPath = elsewhere ? "\"@$directory/class-path\"" : "@class-path";
        String place = (elsewhere ? "\"$directory\"" : ".") + " \"$element\" \"$attempt\" \"$restart\"";
        List<String> words = new ArrayList<>();
        if (!environment.control().isEmpty()) {
            environment.control().forEach(w -> words.add(quoted(w)));
            words.addAll(CONTROL_OPTIONS);
            words.add(ifSet("fit_classes"));
            words.add(ifSet("fit_code"));
            words.add(classPath);
            words.add("io.clustrix.worker.Supervisor");
            words.add(place);
        }
        List<String> prefix = environment.java().subList(0, environment.java().size() - 1);
        prefix.forEach(w -> words.add(quoted(w)));
        words.add("\"$java\"");
        // The JVM tells of archives that don't fit on standard output.
        words.add("${share:+\"$share\" -Xlog:disable}");
        words.addAll(options(jvmOptions, resources));
        words.add(classPath);
        words.add("io.clustrix.worker.BatchWorker");
        words.add(place);
        words.add(quoted(skip) + " </dev/null");
        String java = String.join(" ", words);
        return elsewhere ? "(cd " + quoted(workingDirectory) + " && exec " + java + ")" : java;
    }

    /** Those of the worker: what users give goes before what is chosen. */
    private static List<String> options(List<String> given, Resources resources) {
        List<String> options = new ArrayList<>();
        resources.cores().ifPresent(c -> options.add(quoted("-XX:ActiveProcessorCount=" + c)));
        if (!isHeapGiven(given)) {
            resources.memory().ifPresent(m -> options.add(quoted("-Xmx" + heap(m.toMebibytes()) + "m")));
        }
        FITTED.forEach(v -> options.add(ifSet(v)));
        given.forEach(o -> options.add(quoted(o)));
        return options;
    }

    /** A word of shell: the variable's value, or no word at all. */
    private static String ifSet(String variable) {
        return "${" + variable + ":+\"$" + variable + "\"}";
    }

    private static boolean isHeapGiven(List<String> given) {
        return given.stream()
                .anyMatch(o -> o.startsWith("-Xmx") || o.startsWith("-XX:MaxHeapSize") || o.startsWith("-XX:MaxRAM"));
    }

    /**
     * Where the address space is limited, as by Grid Engine's {@code h_vmem}: sizes with which a JVM fits, because it
     * reserves far more than it uses, 1.3 GB for classes and code alone. Beside the heap it needs the JDK's own file of
     * classes, libraries and stacks, and tables that grow with the heap.
     */
    private static void fit(StringBuilder s, List<String> given, Resources resources) {
        FITTED.forEach(v -> line(s, v + "="));
        line(s, "limit=$(ulimit -v 2>/dev/null)");
        line(s, "case $limit in ''|*[!0-9]*) ;; *)");
        line(s, "    limit=$((limit / 1024))");
        line(s, "    part=$((limit / 16))");
        line(s, "    rest=$((" + ADDRESSES_MEBIBYTES + " + limit / 8))");
        line(s, "    if [ \"$limit\" -lt 4096 ]; then");
        line(s, "        rest=$((" + ADDRESSES_MEBIBYTES + " + part))");
        if (given.stream().noneMatch(o -> o.matches("-XX:[+]Use\\w+GC"))) {
            line(s, "        fit_collector=-XX:+UseSerialGC");
        }
        line(s, "    fi");
        line(s, "    [ \"$part\" -ge 32 ] || part=32");
        line(s, "    [ \"$part\" -le 240 ] || part=240");
        line(s, "    fit_classes=-XX:CompressedClassSpaceSize=${part}m");
        line(s, "    fit_code=-XX:ReservedCodeCacheSize=${part}m");
        if (!isHeapGiven(given)) {
            line(s, "    heap=$((limit - rest - 2 * part))");
            line(s, "    [ \"$heap\" -ge 16 ] || heap=16");
            String asked = resources
                    .memory()
                    .map(m -> "[ \"$heap\" -ge " + heap(m.toMebibytes()) + " ] || ")
                    .orElse("");
            line(s, "    " + asked + "fit_heap=-Xmx${heap}m");
        }
        // Each thread that allocates would reserve 64 MB.
        line(s, "    export MALLOC_ARENA_MAX=\"${MALLOC_ARENA_MAX:-2}\" ;;");
        line(s, "esac");
    }

    /** What is left for the heap, in MiB: the scheduler counts the whole process. */
    static long heap(long mebibytes) {
        long rest = Math.max(SMALLEST_REST_MEBIBYTES, mebibytes / REST_PART);
        return Math.max(1, mebibytes - Math.min(rest, mebibytes / 2));
    }

    /** The file that gives the JVM its class path, in the form of the java command's argument files. */
    static byte[] classPathFile(List<String> classPath) {
        StringBuilder s = new StringBuilder("-cp\n\"");
        for (int i = 0; i < classPath.size(); i++) {
            s.append(i == 0 ? "" : ":")
                    .append(classPath.get(i).replace("\\", "\\\\").replace("\"", "\\\""));
        }
        return s.append("\"\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void line(StringBuilder s, String text) {
        s.append(text).append('\n');
    }

    private static String quoted(String text) {
        return ShellWords.quoted(text);
    }
}

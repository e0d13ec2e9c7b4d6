package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.Submitter;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Walltime;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is to be run, where, and with what. */
final class RunOptions {
    /** Libraries of the command itself, which no job needs. */
    private static final String OURS =
            "clustrix-(core|local-executor|host-ssh|scheduler-[a-z0-9]+)-.*|picocli-.*|guice-.*"
                    + "|guava-.*|failureaccess-.*|listenablefuture-.*|jakarta\\.inject.*|aopalliance-.*|config-[0-9.]+\\.jar|sshj-.*"
                    + "|asn-one-.*|bc(prov|pkix|util)-.*|kubernetes-.*|jackson-.*|snakeyaml-.*|zjsonpatch-.*|slf4j-.*|asm-[0-9.]+\\.jar"
                    + "|error_prone_annotations-.*|j2objc-annotations-.*|checker-qual-.*|jsr305-.*";

    @Parameters(index = "0", paramLabel = "JAR", description = "The jar, or directory of classes, that has the code.")
    @Nullable
    Path jar;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "CLASS[::METHOD]",
            description = "A static method, or a class with a main. Without it, the Main-Class of the jar.")
    @Nullable
    String target;

    @Parameters(
            index = "2..*",
            arity = "0..*",
            paramLabel = "ARGUMENT",
            description =
                    "What the method or the main is called with, after the item. Those that begin with '-' go behind '--'.")
    List<String> arguments = new ArrayList<>();

    @Option(
            names = "--items",
            paramLabel = "ITEMS",
            description = "Call the method once for each: 1..1000, a,b,c, or @FILE for a file's lines (@-: the input).")
    @Nullable
    String items;

    @Option(names = "--on", paramLabel = "CLUSTER", description = "The cluster; without it the default one.")
    @Nullable
    String cluster;

    @Option(names = "--cores", paramLabel = "N", description = "Processor cores of each worker.")
    @Nullable
    Integer cores;

    @Option(names = "--memory", paramLabel = "AMOUNT", description = "Memory of each worker, for instance 8GiB.")
    @Nullable
    String memory;

    @Option(names = "--time", paramLabel = "TIME", description = "How long one attempt may run: 90m, 1h30m, 01:30:00.")
    @Nullable
    String time;

    @Option(names = "--nodes", paramLabel = "N", description = "Nodes of each worker.")
    @Nullable
    Integer nodes;

    @Option(names = "--gpus", paramLabel = "N", description = "Graphics processors of each worker.")
    @Nullable
    Integer gpus;

    @Option(
            names = {"--queue", "--partition"},
            paramLabel = "NAME",
            description = "The queue or partition.")
    @Nullable
    String queue;

    @Option(names = "--account", paramLabel = "NAME", description = "The account or project that is charged.")
    @Nullable
    String account;

    @Option(
            names = "--option",
            paramLabel = "NAME[=VALUE]",
            description = "An option of the scheduler's own. May be repeated.")
    List<String> options = new ArrayList<>();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "A variable of the workers. May be repeated.")
    Map<String, String> variables = new LinkedHashMap<>();

    @Option(names = "--chunk", paramLabel = "N", description = "How many items a worker gets.")
    @Nullable
    Integer chunk;

    @Option(names = "--name", paramLabel = "NAME", description = "What the job is called.")
    @Nullable
    String name;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Give up after this time, waiting included.")
    @Nullable
    String timeout;

    @Option(names = "--keep-going", description = "Run all items, also after one has failed.")
    boolean keepGoing;

    @Option(names = "--class-path", paramLabel = "JAR", description = "One more jar or directory. May be repeated.")
    List<Path> more = new ArrayList<>();

    /**
     * What is to be called.
     *
     * @param items what it is called with, one after another; absent: it is called once
     * @param isMain whether it is a program, whose output is what matters
     */
    record Call(StaticCall function, Optional<List<String>> items, boolean isMain) {}

    private @Nullable List<Code> code;

    /**
     * A jar or directory that was looked at.
     *
     * @param mainClass what its manifest has as Main-Class
     */
    private record Code(Path path, Optional<String> mainClass) {}

    /** The job's code in order, looked at once, after the options were read. */
    private List<Code> code() {
        List<Code> known = code;
        if (known == null) {
            known = new ArrayList<>();
            known.add(checked("JAR", jar == null ? Path.of("") : jar));
            for (Path path : more) {
                known.add(checked("--class-path", path));
            }
            code = known;
        }
        return known;
    }

    /** The jars of the job, in order. */
    List<Path> jars() {
        return code().stream().map(Code::path).toList();
    }

    private static Code checked(String option, Path path) {
        if (!Files.exists(path)) {
            throw CommandException.badInput(
                    option + ": there is no file " + path + "; name a jar or a directory of classes");
        }
        Optional<String> main = Optional.empty();
        if (Files.isRegularFile(path)) {
            try (JarFile opened = new JarFile(path.toFile())) {
                main = Optional.ofNullable(opened.getManifest())
                        .map(m -> m.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS));
            } catch (IOException e) {
                throw CommandException.badInput(option + ": " + path + " is no jar: " + e.getMessage());
            }
        }
        return new Code(path.toAbsolutePath().normalize(), main);
    }

    /** What the workers get. */
    List<Path> classPath() {
        List<Path> all = ownClassPath();
        all.addAll(jars());
        return all;
    }

    /** What workers need of the command's own class path. */
    static List<Path> ownClassPath() {
        List<Path> all = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            Path last = path.getFileName();
            if (!entry.isEmpty()
                    && Files.exists(path)
                    && (last == null || !last.toString().matches(OURS))) {
                all.add(path);
            }
        }
        return all;
    }

    /** The job's classes on this machine. */
    JobClasses classes() {
        return new JobClasses(jars());
    }

    Call call(ClassLoader loader) {
        List<String> fixed = new ArrayList<>(arguments);
        String text = target;
        String className;
        String method = "main";
        int colons = text == null ? -1 : text.indexOf("::");
        if (text != null && colons >= 0) {
            className = text.substring(0, colons);
            method = text.substring(colons + 2);
        } else if (text != null && exists(text, loader)) {
            className = text;
        } else {
            className = mainClass(text);
            if (text != null) {
                fixed.add(0, text);
            }
        }
        boolean isMain = method.equals("main");
        Optional<List<String>> list = Optional.ofNullable(items).map(Items::of);
        StaticCall function = new StaticCall(className, method, fixed, loader);
        try {
            function.check(list.map(l -> l.get(0)).orElse(null));
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput("CLASS::METHOD: " + e.getMessage());
        }
        return new Call(function, list, isMain);
    }

    private static boolean exists(String className, ClassLoader loader) {
        try {
            var unused = Class.forName(className, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private String mainClass(@Nullable String text) {
        Code first = code().get(0);
        return first.mainClass()
                .orElseThrow(() -> CommandException.badInput(
                        text == null
                                ? "CLASS::METHOD is missing, and "
                                        + first.path().getFileName()
                                        + " names no Main-Class; write for instance com.acme.Sim::price"
                                : "CLASS::METHOD: there is no class " + text + " in "
                                        + first.path().getFileName()
                                        + "; write for instance com.acme.Sim::price"));
    }

    /** The cluster as the options want it. */
    Submitter submitter(Clustrix clustrix, Call call) {
        Submitter submitter = cluster == null ? clustrix : clustrix.on(cluster);
        submitter = submitter
                .withResources(resources())
                .withName(name == null ? call.function().toString() : name);
        for (Map.Entry<String, String> v : variables.entrySet()) {
            submitter = submitter.withVariable(v.getKey(), v.getValue());
        }
        if (chunk != null) {
            submitter = option("--chunk", submitter::withChunkSize, chunk);
        }
        if (timeout != null) {
            submitter = submitter.withTimeout(option("--timeout", Walltime::parse, timeout));
        }
        return keepGoing ? submitter.onError(ErrorPolicy.COLLECT) : submitter;
    }

    private Resources resources() {
        Resources.Builder b = Resources.builder();
        if (cores != null) {
            b.cores(positive("--cores", cores));
        }
        if (nodes != null) {
            b.nodes(positive("--nodes", nodes));
        }
        if (gpus != null) {
            b.gpus(positive("--gpus", gpus));
        }
        if (memory != null) {
            b.memory(option("--memory", Memory::parse, memory));
        }
        if (time != null) {
            Duration limit = option("--time", Walltime::parse, time);
            b.time(limit);
        }
        if (queue != null) {
            b.queue(queue);
        }
        if (account != null) {
            b.account(account);
        }
        for (String o : options) {
            int equals = o.indexOf('=');
            b.option(equals < 0 ? o : o.substring(0, equals), equals < 0 ? "" : o.substring(equals + 1));
        }
        return b.build();
    }

    private static int positive(String option, int n) {
        if (n < 1) {
            throw CommandException.badInput(option + ": " + n + " is less than 1; write a whole number from 1 on");
        }
        return n;
    }

    private static <A, B> B option(String option, Function<A, B> read, A value) {
        try {
            return read.apply(value);
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput(option + ": " + e.getMessage());
        }
    }
}

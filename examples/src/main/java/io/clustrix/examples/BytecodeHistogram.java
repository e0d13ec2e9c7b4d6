package io.clustrix.examples;

import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.RuntimeReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Counts the bytecode instructions of all classes of the JDK that runs this, by module and by kind.
 *
 * <p>What it shows: real work, cut into parts of even size, run by {@link Clustrix#map} in worker processes; results
 * that are used as they come, under a progress bar; which processes did the work; and a check of the result, because an
 * answer that nobody checks is only a guess.
 *
 * <p>It runs on a cluster too. The workers there look into their own JDK, so that must be the same as the one here.
 *
 * <p>Run it with {@code ./mvnw -Pdemo}. One optional argument: a regular expression for the names of the modules.
 */
public final class BytecodeHistogram {

    /** Parts of about so many bytes: small enough to be spread evenly, large enough to be worth a message. */
    private static final long BYTES_OF_A_PART = 1_000_000;

    private static final int KINDS_SHOWN = 15;
    private static final int MODULES_SHOWN = 10;

    /** By opcode. */
    private static final List<String> NAMES = List.of("""
                nop aconst_null iconst_m1 iconst_0 iconst_1 iconst_2 iconst_3 iconst_4 iconst_5 lconst_0 lconst_1
                fconst_0 fconst_1 fconst_2 dconst_0 dconst_1 bipush sipush ldc ldc_w ldc2_w
                iload lload fload dload aload iload_0 iload_1 iload_2 iload_3 lload_0 lload_1 lload_2 lload_3
                fload_0 fload_1 fload_2 fload_3 dload_0 dload_1 dload_2 dload_3 aload_0 aload_1 aload_2 aload_3
                iaload laload faload daload aaload baload caload saload
                istore lstore fstore dstore astore istore_0 istore_1 istore_2 istore_3 lstore_0 lstore_1 lstore_2 lstore_3
                fstore_0 fstore_1 fstore_2 fstore_3 dstore_0 dstore_1 dstore_2 dstore_3 astore_0 astore_1 astore_2 astore_3
                iastore lastore fastore dastore aastore bastore castore sastore
                pop pop2 dup dup_x1 dup_x2 dup2 dup2_x1 dup2_x2 swap
                iadd ladd fadd dadd isub lsub fsub dsub imul lmul fmul dmul idiv ldiv fdiv ddiv irem lrem frem drem
                ineg lneg fneg dneg ishl lshl ishr lshr iushr lushr iand land ior lor ixor lxor iinc
                i2l i2f i2d l2i l2f l2d f2i f2l f2d d2i d2l d2f i2b i2c i2s lcmp fcmpl fcmpg dcmpl dcmpg
                ifeq ifne iflt ifge ifgt ifle if_icmpeq if_icmpne if_icmplt if_icmpge if_icmpgt if_icmple
                if_acmpeq if_acmpne goto jsr ret tableswitch lookupswitch
                ireturn lreturn freturn dreturn areturn return
                getstatic putstatic getfield putfield
                invokevirtual invokespecial invokestatic invokeinterface invokedynamic
                new newarray anewarray arraylength athrow checkcast instanceof monitorenter monitorexit
                wide multianewarray ifnull ifnonnull
                """.strip().split("\\s+", -1));

    private BytecodeHistogram() {}

    /** Counts, prints, checks; exits with 1 if the check fails. */
    public static void main(String[] args) throws IOException {
        Pattern modules = Pattern.compile(args.length == 0 ? ".*" : args[0]);
        List<String> problems;
        // Reading class files looks like I/O, for which "auto" takes threads; but they are in memory, and it is
        // computing.
        try (Clustrix clustrix =
                Clustrix.builder().set("clusters.local.mode", "processes").open()) {
            long start = System.nanoTime();
            List<Part> parts = parts(modules);
            System.out.printf(
                    Locale.ROOT,
                    "%,d classes of %d modules of Java %s, in %d parts, on cluster '%s'%n",
                    parts.stream().mapToInt(p -> p.files().size()).sum(),
                    parts.stream().map(Part::module).distinct().count(),
                    Runtime.version(),
                    parts.size(),
                    clustrix.cluster());

            MapFuture<Counts> future = clustrix.map(parts, BytecodeHistogram::count);
            Map<String, Counts> byModule =
                    collect(future, new ProgressBar(System.out, ProgressBar.onTerminal(), parts.size()));

            Duration took = Duration.ofNanos(System.nanoTime() - start);
            print(System.out, byModule, future.runtimes(), took);
            problems = check(parts, byModule);
        }
        problems.forEach(p -> System.out.println("WRONG: " + p));
        if (!problems.isEmpty()) {
            System.exit(1);
        }
        System.out.println("Checked: every class was counted once, and all sums agree.");
    }

    // ---------------------------------------------------------------- what is to be done

    /**
     * What one task does.
     *
     * @param module a module
     * @param files some of its class files, as paths below the module
     */
    record Part(String module, List<String> files) implements Serializable {}

    /** Cuts the modules whose names match into parts: a small module is one part, a big one many. */
    static List<Part> parts(Pattern modules) throws IOException {
        List<Part> parts = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(modules())) {
            for (Path module : all) {
                if (modules.matcher(module.getFileName().toString()).matches()) {
                    Files.walkFileTree(module, new Cutter(module, parts));
                }
            }
        }
        return parts;
    }

    /** The modules of the JDK that runs this, wherever it is. */
    private static Path modules() {
        return FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
    }

    private static final class Cutter extends SimpleFileVisitor<Path> {
        private final Path module;
        private final List<Part> parts;
        private final List<String> files = new ArrayList<>();
        private long bytes;

        Cutter(Path module, List<Part> parts) {
            this.module = module;
            this.parts = parts;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".class")) {
                files.add(module.relativize(file).toString());
                bytes += attributes.size();
                if (bytes >= BYTES_OF_A_PART) {
                    cut();
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            if (directory.equals(module) && !files.isEmpty()) {
                cut();
            }
            return super.postVisitDirectory(directory, e);
        }

        private void cut() {
            parts.add(new Part(module.getFileName().toString(), List.copyOf(files)));
            files.clear();
            bytes = 0;
        }
    }

    // ---------------------------------------------------------------- what a worker does

    /** Counts what is in a part. Runs in a worker, which looks into its own JDK. */
    static Counts count(Part part) throws IOException {
        Counts counts = new Counts(part.module());
        Path module = modules().resolve(part.module());
        for (String file : part.files()) {
            counts.add(Files.readAllBytes(module.resolve(file)));
        }
        return counts;
    }

    /** Instructions of classes of one module, by opcode. */
    static final class Counts implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String module;
        private final long[] byOpcode = new long[NAMES.size()];
        private int classes;
        private int methods;
        private long bytes;

        Counts(String module) {
            this.module = module;
        }

        String module() {
            return module;
        }

        int classes() {
            return classes;
        }

        int methods() {
            return methods;
        }

        long bytes() {
            return bytes;
        }

        long of(int opcode) {
            return byOpcode[opcode];
        }

        long instructions() {
            return Arrays.stream(byOpcode).sum();
        }

        /** Counts one class file. */
        void add(byte[] classFile) {
            classes++;
            bytes += classFile.length;
            new ClassReader(classFile).accept(new Classes(), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        }

        /** Adds what was counted elsewhere. */
        Counts add(Counts other) {
            classes += other.classes;
            methods += other.methods;
            bytes += other.bytes;
            for (int i = 0; i < byOpcode.length; i++) {
                byOpcode[i] += other.byOpcode[i];
            }
            return this;
        }

        private final class Classes extends ClassVisitor {
            Classes() {
                super(Opcodes.ASM9);
            }

            @Override
            public MethodVisitor visitMethod(
                    int access,
                    String name,
                    String descriptor,
                    @Nullable String signature,
                    String @Nullable [] exceptions) {
                methods++;
                return new Instructions();
            }
        }

        private final class Instructions extends MethodVisitor {
            Instructions() {
                super(Opcodes.ASM9);
            }

            @Override
            public void visitInsn(int opcode) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitIntInsn(int opcode, int operand) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitVarInsn(int opcode, int variable) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitTypeInsn(int opcode, String type) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
                byOpcode[Opcodes.INVOKEDYNAMIC]++;
            }

            @Override
            public void visitJumpInsn(int opcode, Label label) {
                byOpcode[opcode]++;
            }

            @Override
            public void visitLdcInsn(Object value) {
                byOpcode[Opcodes.LDC]++;
            }

            @Override
            public void visitIincInsn(int variable, int increment) {
                byOpcode[Opcodes.IINC]++;
            }

            @Override
            public void visitTableSwitchInsn(int min, int max, Label dflt, Label... labels) {
                byOpcode[Opcodes.TABLESWITCH]++;
            }

            @Override
            public void visitLookupSwitchInsn(Label dflt, int[] keys, Label[] labels) {
                byOpcode[Opcodes.LOOKUPSWITCH]++;
            }

            @Override
            public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
                byOpcode[Opcodes.MULTIANEWARRAY]++;
            }
        }
    }

    // ---------------------------------------------------------------- what becomes of the results

    /** Adds up the results while they come. A task that failed ends the program with what it threw. */
    static Map<String, Counts> collect(MapFuture<Counts> future, ProgressBar bar) {
        Map<String, Counts> byModule = new TreeMap<>();
        long instructions = 0;
        try (Stream<TaskOutcome<Counts>> outcomes = future.asCompleted()) {
            for (Iterator<TaskOutcome<Counts>> i = outcomes.iterator(); i.hasNext(); ) {
                Counts counts = i.next().value();
                byModule.computeIfAbsent(counts.module(), Counts::new).add(counts);
                instructions += counts.instructions();
                bar.show(future.progress().ended(), String.format(Locale.ROOT, "%,d instructions", instructions));
            }
        } finally {
            bar.end();
        }
        return byModule;
    }

    private static Counts total(Map<String, Counts> byModule) {
        Counts total = new Counts("all");
        byModule.values().forEach(total::add);
        return total;
    }

    /** What is wrong with the result; empty if nothing is. */
    static List<String> check(List<Part> parts, Map<String, Counts> byModule) {
        List<String> problems = new ArrayList<>();
        Map<String, Integer> expected = new TreeMap<>();
        parts.forEach(p -> expected.merge(p.module(), p.files().size(), Integer::sum));
        if (expected.isEmpty()) {
            problems.add("no module has such a name");
        }
        expected.forEach((module, classes) -> {
            Counts counts = byModule.get(module);
            if (counts == null || counts.classes() != classes) {
                problems.add(module + " has " + classes + " classes, but " + (counts == null ? 0 : counts.classes())
                        + " were counted");
            }
        });
        Counts total = total(byModule);
        long sum = byModule.values().stream().mapToLong(Counts::instructions).sum();
        if (sum != total.instructions()) {
            problems.add("the modules have " + sum + " instructions, the kinds " + total.instructions());
        }
        long returns = IntStream.rangeClosed(Opcodes.IRETURN, Opcodes.RETURN)
                .mapToLong(total::of)
                .sum();
        if (returns < total.methods() / 2) {
            problems.add("only " + returns + " returns in " + total.methods() + " methods");
        }
        Counts base = byModule.get("java.base");
        if (base != null && base.instructions() < 1_000_000) {
            problems.add("java.base has " + base.instructions() + " instructions, which is too few");
        }
        return problems;
    }

    static void print(PrintStream out, Map<String, Counts> byModule, List<RuntimeReport> workers, Duration took) {
        Counts total = total(byModule);
        out.printf("%n%-28s %14s %9s %9s%n", "module", "instructions", "methods", "classes");
        byModule.values().stream()
                .sorted(Comparator.comparingLong(Counts::instructions).reversed())
                .limit(MODULES_SHOWN)
                .forEach(c -> printLine(out, c));
        if (byModule.size() > MODULES_SHOWN) {
            out.printf("and %d more%n", byModule.size() - MODULES_SHOWN);
        }
        printLine(out, total);

        out.printf("%n%-28s %14s%n", "instruction", "count");
        List<Integer> kinds = IntStream.range(0, NAMES.size())
                .boxed()
                .sorted(Comparator.comparingLong(total::of).reversed())
                .limit(KINDS_SHOWN)
                .toList();
        for (int kind : kinds) {
            long n = total.of(kind);
            out.printf(
                    Locale.ROOT,
                    "%-28s %,14d %5.1f %% %s%n",
                    name(kind),
                    n,
                    100.0 * n / Math.max(1, total.instructions()),
                    "#".repeat((int) (40 * n / Math.max(1, total.of(kinds.get(0))))));
        }

        out.printf(
                Locale.ROOT,
                "%n%,d instructions (%,d bytes of class files) in %.1f s, counted by %d worker process%s:%n",
                total.instructions(),
                total.bytes(),
                took.toMillis() / 1000.0,
                workers.size(),
                workers.size() == 1 ? "" : "es");
        for (RuntimeReport w : workers) {
            out.printf(
                    Locale.ROOT,
                    "  pid %d on %s: Java %s (%s), %s%n",
                    w.pid(),
                    w.host(),
                    w.javaVersion(),
                    w.javaVendor(),
                    w.os());
        }
    }

    private static void printLine(PrintStream out, Counts c) {
        out.printf(Locale.ROOT, "%-28s %,14d %,9d %,9d%n", c.module(), c.instructions(), c.methods(), c.classes());
    }

    /** What an instruction is called. ASM tells of short forms such as {@code aload_0} as their long forms. */
    static String name(int opcode) {
        return NAMES.get(opcode);
    }
}

package com.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Cluster;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.SerializationException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Threads or processes: the automatic choice, through the whole library (B1 to B6). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class AutomaticModeTest {
    private Clustrix clustrix;
    private Path file;

    @BeforeAll
    void open(@TempDir Path directory) throws IOException {
        clustrix = Clustrix.builder()
                .set("cache-directory", directory.resolve("cache"))
                .set("clusters.local.mode", "auto")
                .set("clusters.local.workers", 2)
                .set("clusters.local.class-data-sharing", false)
                .open();
        file = Files.writeString(directory.resolve("data"), "12");
    }

    @AfterAll
    void close() {
        clustrix.close();
    }

    private static void assertThreads(Placement placement, String... reason) {
        assertThat(placement.where()).isEqualTo("threads");
        assertThat(placement.reason()).contains(reason);
    }

    private static long here() {
        return ProcessHandle.current().pid();
    }

    // ---------------------------------------------------------------- B6

    @Test
    @DisplayName("computing that can be serialized runs in a process of its own (B6)")
    void computes() {
        JobFuture<Long> future = clustrix.submit(() -> fibonacci(20) * 0 + here());

        assertThat(future.placement().where()).isEqualTo("processes");
        assertThat(future.placement().reason()).contains("no sign of I/O");
        assertThat(future.join()).isNotEqualTo(here());
    }

    private static long fibonacci(int n) {
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    }

    @Test
    @DisplayName("a map over numbers and one over items run in processes, printing or not (B6)")
    void maps() {
        MapFuture<Long> numbers = clustrix.map(0, 4, i -> fibonacci(i) * 0 + here());
        MapFuture<Long> items = clustrix.map(List.of("a", "b"), s -> {
            System.out.println(s);
            return here();
        });

        assertThat(numbers.join()).doesNotContain(here());
        assertThat(items.join()).doesNotContain(here());
        assertThat(numbers.placement().where()).isEqualTo("processes");
    }

    // ---------------------------------------------------------------- B1, B2

    /** Can't be shipped because of its field; its source is there for all to read. */
    private static final class Guarded {
        private final Thread owner = Thread.currentThread();

        long compute() {
            return here() + (owner.isAlive() ? 0 : 1);
        }
    }

    @Test
    @DisplayName(
            "a function that can't be serialized runs on a thread although its bytecode can be read and only computes (B2)")
    void functionIsNotSerializable() {
        Guarded guarded = new Guarded();

        JobFuture<Long> future = clustrix.submit(() -> guarded.compute());

        assertThreads(future.placement(), "the function can't be serialized", "java.lang.Thread");
        assertThat(future.join()).isEqualTo(here());
    }

    @Test
    @DisplayName("that the function can't be serialized comes before everything else: before items and before I/O (B1)")
    void functionComesFirst() {
        Guarded guarded = new Guarded();
        List<Object> items = List.of(new Thread(() -> {}));

        MapFuture<Object> future = clustrix.map(items, item -> {
            Files.exists(file);
            return guarded.compute();
        });

        assertThreads(future.placement(), "the function can't be serialized");
        assertThat(future.join()).containsExactly(here());
    }

    // ---------------------------------------------------------------- B3

    @Test
    @DisplayName("an item that can't be serialized sends the map to threads, and is named by its number (B3)")
    void itemIsNotSerializable() {
        List<Object> items = List.of("a", 2, new Thread(() -> {}), new Thread(() -> {}));

        MapFuture<Long> future = clustrix.map(items, item -> here());

        assertThreads(future.placement(), "item 2 can't be serialized", "java.lang.Thread");
        assertThat(future.join()).containsOnly(here());
    }

    @Test
    @DisplayName("an item that can't be serialized comes before signs of I/O (B1)")
    void itemsComeBeforeIo() {
        MapFuture<Boolean> future = clustrix.map(List.of(new Thread(() -> {})), item -> Files.exists(Path.of("/")));

        assertThreads(future.placement(), "item 0 can't be serialized");
        assertThat(future.join()).containsExactly(true);
    }

    // ---------------------------------------------------------------- B4

    @Test
    @DisplayName(
            "a function that reads a file runs on a thread, and the reason names the call and where it stands (B4)")
    void readsAFile() {
        String path = file.toString();

        JobFuture<String> future = clustrix.submit(() -> Files.readString(Path.of(path)));

        assertThreads(
                future.placement(), "it does I/O or waits", "java.nio.file.Files.readString", "AutomaticModeTest");
        assertThat(future.join()).isEqualTo("12");
    }

    /** Does its I/O far down. */
    private static final class Client {
        private Client() {}

        static String get(String address) throws IOException {
            return address.startsWith("http") ? over(address) : address;
        }

        private static String over(String address) throws IOException {
            try (var in = URI.create(address).toURL().openStream()) {
                return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            }
        }
    }

    @Test
    @DisplayName("I/O that stands in a method of the user's further down counts, in a map as in a call (B4)")
    void ioFurtherDown() {
        MapFuture<String> future = clustrix.map(List.of("a", "b"), Client::get);

        assertThreads(
                future.placement(), "it does I/O or waits", "java.net.URL.openStream", "AutomaticModeTest$Client.over");
        assertThat(future.join()).containsExactly("a", "b");
    }

    @Test
    @DisplayName("waiting counts as I/O: it costs no processor (B4)")
    void waits() {
        assertThreads(
                clustrix.explain(() -> {
                    Thread.sleep(1);
                    return 1;
                }),
                "java.lang.Thread.sleep");
    }

    // ---------------------------------------------------------------- B5

    @Test
    @DisplayName("bytecode that can't be had is no error, and the decision goes on without it (B5)")
    void noBytecode() throws Exception {
        RemoteCallable<?> generated = generated();

        Placement placement = clustrix.explain(generated);

        assertThat(placement.where()).isEqualTo("processes");
    }

    /** An object of a class that no class loader has a file of. */
    private static RemoteCallable<?> generated() throws Exception {
        ClassWriter w = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        w.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, "com/acme/Generated", null, "java/lang/Object", new String[] {
            RemoteCallable.class.getName().replace('.', '/')
        });
        MethodVisitor constructor = w.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        constructor.visitCode();
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        constructor.visitInsn(Opcodes.RETURN);
        constructor.visitMaxs(0, 0);
        constructor.visitEnd();
        MethodVisitor call = w.visitMethod(Opcodes.ACC_PUBLIC, "call", "()Ljava/lang/Object;", null, null);
        call.visitCode();
        call.visitInsn(Opcodes.ACONST_NULL);
        call.visitInsn(Opcodes.ARETURN);
        call.visitMaxs(0, 0);
        call.visitEnd();
        w.visitEnd();
        return (RemoteCallable<?>) MethodHandles.lookup()
                .defineClass(w.toByteArray())
                .getDeclaredConstructor()
                .newInstance();
    }

    // ---------------------------------------------------------------- explain, wrappers, annotated methods

    @Test
    @DisplayName("explain says what submit would do, and runs nothing")
    void explains() {
        CountDownLatch ran = new CountDownLatch(1);

        assertThreads(
                clustrix.explain(() -> {
                    ran.countDown();
                    return 1;
                }),
                "the function can't be serialized");
        assertThat(clustrix.explain(() -> {
                            throw new IllegalStateException("it ran");
                        })
                        .where())
                .isEqualTo("processes");
        assertThat(ran.getCount()).isOne();
    }

    @Test
    @DisplayName("tasks without a result and forEach are looked into as well")
    void wrappers() {
        String path = file.toString();

        JobFuture<?> computes = clustrix.submit(() -> System.out.println(fibonacci(5)));
        JobFuture<?> reads = clustrix.submit(() -> {
            Files.size(Path.of(path));
        });
        MapFuture<?> each = clustrix.forEach(List.of(path), p -> Files.size(Path.of(p)));
        MapFuture<?> eachComputes = clustrix.forEach(List.of(1, 2), i -> System.out.println(fibonacci(i)));

        assertThreads(reads.placement(), "Files.size");
        assertThreads(each.placement(), "Files.size");
        assertThat(computes.placement().where()).isEqualTo("processes");
        assertThat(eachComputes.placement().where()).isEqualTo("processes");
        CompletableFuture.allOf(computes, reads, each, eachComputes).join();
    }

    @Test
    @DisplayName("a function within the function is looked into")
    void functionsInFunctions() {
        RemoteFunction<String, Long> size = p -> Files.size(Path.of(p));
        String path = file.toString();

        assertThreads(clustrix.explain(() -> size.apply(path)), "Files.size");
    }

    /** Annotated. */
    interface Service {
        @Cluster
        long computes(int n);

        @Cluster
        String reads(String path);

        @Cluster
        long takes(Object argument);

        @Cluster
        CompletableFuture<Long> computesLater(int n);

        @Cluster
        CompletableFuture<String> readsLater(String path);

        @Cluster
        CompletableFuture<Boolean> takesLater(String text, Object argument);
    }

    /** Where it runs, as a number or text. */
    static final class Implementation implements Service {
        @Override
        public long computes(int n) {
            return fibonacci(n) * 0 + here();
        }

        @Override
        public String reads(String path) {
            try {
                return Files.readString(Path.of(path)) + "@" + here();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public long takes(Object argument) {
            return here();
        }

        @Override
        public CompletableFuture<Long> computesLater(int n) {
            return CompletableFuture.completedFuture(computes(n));
        }

        @Override
        public CompletableFuture<String> readsLater(String path) {
            return CompletableFuture.completedFuture(reads(path));
        }

        @Override
        public CompletableFuture<Boolean> takesLater(String text, Object argument) {
            return CompletableFuture.completedFuture(argument instanceof Thread);
        }
    }

    @Test
    @DisplayName(
            "annotated methods are decided upon like functions: by target, then arguments, then bytecode (B1 to B6)")
    void annotatedMethods() {
        Service service = clustrix.proxy(Service.class, new Implementation());

        assertThat(service.computes(10)).as("computes").isNotEqualTo(here());
        assertThat(service.reads(file.toString())).as("reads").isEqualTo("12@" + here());
        assertThat(service.takes("text")).as("takes a text").isNotEqualTo(here());
        assertThat(service.takes(new Thread(() -> {}))).as("takes a thread").isEqualTo(here());
    }

    @Test
    @DisplayName("annotated methods that return futures are looked into as well (B4, B6)")
    void annotatedMethodsWithFutures() {
        Service service = clustrix.proxy(Service.class, new Implementation());

        assertThat(service.computesLater(10).join()).as("computes").isNotEqualTo(here());
        assertThat(service.readsLater(file.toString()).join()).as("reads").isEqualTo("12@" + here());
        assertThat(((JobFuture<?>) service.readsLater(file.toString()))
                        .placement()
                        .reason())
                .contains("Files.readString");
    }

    @Test
    @DisplayName("an annotated method's argument that can't be serialized is called by its number (B3)")
    void argumentIsNamed() {
        Service service = clustrix.proxy(Service.class, new Implementation());

        JobFuture<Boolean> future = (JobFuture<Boolean>) service.takesLater("text", new Thread(() -> {}));

        assertThreads(future.placement(), "argument 2 can't be serialized", "java.lang.Thread");
        assertThat(future.join()).isTrue();
    }

    @Test
    @DisplayName("where processes are prescribed, what can't be serialized is refused at once")
    void prescribed() {
        try (Clustrix processes =
                Clustrix.builder().set("clusters.local.mode", "processes").open()) {
            Guarded guarded = new Guarded();

            assertThatThrownBy(() -> processes.submit(() -> guarded.compute()))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("guarded");
            assertThatThrownBy(() -> processes.map(List.of(guarded), Guarded::compute))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("item 0");
        }
    }
}

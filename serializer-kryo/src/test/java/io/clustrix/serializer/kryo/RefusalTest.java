package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Observable;
import java.util.Timer;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("The serializer kryo refuses")
class RefusalTest {

    private final Serializer serializer = Subjects.kryo();

    @SuppressWarnings("UnusedVariable")
    private static final class Holder {
        private final Object held;

        Holder(Object held) {
            this.held = held;
        }
    }

    private static final class MyThread extends Thread implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    private static final class MyStream extends OutputStream {
        @Override
        public void write(int b) {}
    }

    @SuppressWarnings("deprecation")
    private static final class MyObservable extends Observable {}

    @TestFactory
    @DisplayName("what would arrive broken, alone and inside of other objects, and names its class (R54)")
    Stream<DynamicTest> unshippable() throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("java.lang.Thread", Thread.currentThread());
        values.put("MyThread", new MyThread());
        values.put("java.lang.ThreadGroup", Thread.currentThread().getThreadGroup());
        values.put("java.lang.ThreadLocal", new ThreadLocal<String>());
        values.put("ForkJoinPool", ForkJoinPool.commonPool());
        values.put("ThreadPoolExecutor", Executors.newFixedThreadPool(1));
        values.put("Executor", (Executor) Runnable::run);
        values.put("java.util.Timer", new Timer(true));
        values.put("ClassLoader", RefusalTest.class.getClassLoader());
        values.put("java.lang.ProcessHandle", ProcessHandle.current());
        values.put("java.io.ByteArrayInputStream", new ByteArrayInputStream(new byte[1]));
        values.put("java.io.PrintStream", new java.io.PrintStream(OutputStream.nullOutputStream()));
        values.put("MyStream", new MyStream());
        values.put("java.io.StringReader", new StringReader(""));
        values.put("java.io.StringWriter", new StringWriter());
        values.put("java.io.FileDescriptor", java.io.FileDescriptor.in);
        values.put("sun.nio.ch.SourceChannelImpl", closed(Pipe.open()));
        values.put("java.net.Socket", new Socket());
        values.put("java.sql.Connection", proxy(Connection.class));
        values.put("java.sql.ResultSet", proxy(ResultSet.class));
        values.put("javax.sql.DataSource", proxy(DataSource.class));
        values.put("java.lang.ref.WeakReference", new WeakReference<>(this));
        values.put("java.lang.Module", Object.class.getModule());
        values.put("java.lang.ProcessBuilder", new ProcessBuilder());
        values.put("java.util.WeakHashMap", new WeakHashMap<>());
        values.put("java.util.concurrent.CompletableFuture", new CompletableFuture<>());
        values.put("java.time.format.DateTimeFormatter", DateTimeFormatter.ISO_DATE);
        values.put("java.util.stream", Stream.of(1));
        values.put("java.util.ArrayList$Itr", new ArrayList<>().iterator());
        values.put("java.lang.reflect.Method", Object.class.getMethods()[0]);
        values.put("IdentityHashMap$KeySet", new IdentityHashMap<>().keySet());
        values.put("MyObservable", new MyObservable());
        return values.entrySet().stream()
                .flatMap(e -> Stream.of(
                        refused(e.getKey(), e.getKey(), e.getValue()),
                        refused(e.getKey() + " in an object", e.getKey(), new Holder(e.getValue())),
                        refused(e.getKey() + " in an exception", e.getKey(), new Failure(e.getValue())),
                        refused(
                                e.getKey() + " in a map",
                                e.getKey(),
                                new HashMap<>(Map.of("k", List.of(e.getValue()))))));
    }

    @SuppressWarnings({"serial", "UnusedVariable"})
    private static final class Failure extends RuntimeException {
        private final Object held;

        Failure(Object held) {
            this.held = held;
        }
    }

    private DynamicTest refused(String name, String className, Object value) {
        return DynamicTest.dynamicTest(
                name,
                () -> assertThatThrownBy(() -> Subjects.write(serializer, value))
                        .isInstanceOf(SerializationException.class)
                        .hasMessageContaining(className)
                        .satisfies(e ->
                                assertThat(((SerializationException) e).hints()).isNotEmpty()));
    }

    private static Object closed(Pipe pipe) throws IOException {
        pipe.sink().close();
        pipe.source().close();
        return pipe.source();
    }

    private static Object proxy(Class<?> type) {
        return Proxy.newProxyInstance(RefusalTest.class.getClassLoader(), new Class<?>[] {type}, (p, m, a) -> null);
    }

    @Test
    @DisplayName("a lambda that is not serializable, and says how to make it so (R54)")
    void lambda() {
        assertThatThrownBy(() -> Subjects.write(serializer, UserTypes.notSerializable(1)))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("java.util.function.Supplier does not extend java.io.Serializable")
                .hasMessageContaining("(Supplier & Serializable) () -> ...");
    }

    @Test
    @DisplayName("a class without a class file")
    void hidden() throws Exception {
        byte[] file;
        try (var in = RefusalTest.class.getResourceAsStream("RefusalTest$Template.class")) {
            file = in.readAllBytes();
        }
        Class<?> hidden = MethodHandles.lookup().defineHiddenClass(file, true).lookupClass();
        var constructor = hidden.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object value = constructor.newInstance();
        assertThatThrownBy(() -> Subjects.write(serializer, value))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("was made at run time and has no class file");
        assertThatThrownBy(() -> Subjects.write(serializer, hidden))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("was made at run time");
    }

    static final class Template {}

    @Test
    @DisplayName("a class that a library defined at run time")
    void defined() throws Exception {
        byte[] file;
        try (var in = RefusalTest.class.getResourceAsStream("RefusalTest$Template.class")) {
            file = in.readAllBytes();
        }
        Class<?> type = new ClassLoader(null) {
            Class<?> define() {
                return defineClass(null, file, 0, file.length);
            }
        }.define();
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object value = constructor.newInstance();
        assertThatThrownBy(() -> Subjects.write(serializer, value))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("was made at run time and has no class file");
    }

    @Test
    @DisplayName("an immutable list, and a record, that hold themselves: the reader could not make them")
    void immutableCircle() {
        List<Object> list = new ArrayList<>();
        list.add(List.of(1, 2, list));
        Object root = list.get(0);
        assertThatThrownBy(() -> Subjects.write(serializer, root))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("contains itself");
        List<Object> inner = new ArrayList<>();
        UserTypes.Pair<Object, Object> pair = new UserTypes.Pair<>(1, inner);
        inner.add(pair);
        assertThatThrownBy(() -> Subjects.write(serializer, pair))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("UserTypes$Pair contains itself");
        // from the other side it can be made
        List<Object> fine = Subjects.roundTrip(serializer, new ArrayList<>(List.of(1)));
        assertThat(fine).containsExactly(1);
    }

    @Test
    @DisplayName("an immutable circle that leads through JDK serialization")
    void immutableCircleThroughTheJdk() {
        UserTypes.Tree tree = new UserTypes.Tree("t");
        UserTypes.Pair<Object, Object> pair = new UserTypes.Pair<>(1, tree);
        tree.note = pair;
        assertThatThrownBy(() -> Subjects.write(serializer, pair))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("UserTypes$Pair contains itself");
    }

    @Test
    @DisplayName("what is nested more deeply than the stack allows, and goes on working")
    void deep() {
        UserTypes.Node top = new UserTypes.Node("0");
        for (int i = 0; i < 200_000; i++) {
            UserTypes.Node n = new UserTypes.Node("");
            n.favourite = top;
            top = n;
        }
        UserTypes.Node root = top;
        assertThatThrownBy(() -> Subjects.write(serializer, root))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("nested too deeply");
        assertThat(Subjects.roundTrip(serializer, List.of(1))).isEqualTo(List.of(1));
    }

    @Test
    @DisplayName("a path of another file system")
    void path() throws IOException {
        java.nio.file.Path jar = java.nio.file.Files.createTempFile("x", ".zip");
        java.nio.file.Files.delete(jar);
        try (var zip = java.nio.file.FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            assertThatThrownBy(() -> Subjects.write(serializer, zip.getPath("/a")))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("not of the default file system");
        } finally {
            java.nio.file.Files.deleteIfExists(jar);
        }
    }

    @Test
    @DisplayName("nothing that is a value, though its class is near to one that is refused")
    void notTooMuch() {
        @SuppressWarnings("unchecked")
        Supplier<Executor> supplier = (Supplier<Executor> & Serializable) () -> Runnable::run;
        assertThat(Subjects.roundTrip(serializer, supplier).get()).isNotNull();
        assertThat(Subjects.roundTrip(serializer, ByteBuffer.allocateDirect(3)).remaining())
                .isEqualTo(3);
        assertThat(Subjects.roundTrip(serializer, new Thread[2])).hasSize(2);
        Thread.State state = Subjects.roundTrip(serializer, Thread.State.NEW);
        assertThat(state).isEqualTo(Thread.State.NEW);
    }

    @Test
    @DisplayName("a stream that fails is told apart from a value that can't be written")
    void failingStream() {
        IOException full = new IOException("disk full");
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw full;
            }
        };
        for (var provider : Subjects.providers()) {
            Serializer s = Subjects.create(provider, "");
            assertThatThrownBy(() -> s.write(new byte[100_000], out)).isSameAs(full);
            assertThatThrownBy(() -> s.write(List.of(1), out)).isSameAs(full);
            assertThat(Subjects.roundTrip(s, 1)).isEqualTo(1);
        }
    }
}

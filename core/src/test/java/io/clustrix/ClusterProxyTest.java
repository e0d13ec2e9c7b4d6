package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Memory;
import io.clustrix.spi.TaskTimeoutException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ClusterProxyTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 2);
    private final Clustrix clustrix = cluster.clustrix()
            .set("clusters.test.resources.cores", 3)
            .set("clusters.test.resources.account", "physics")
            .set("clusters.other.executor", "threads")
            .open();

    @AfterEach
    void close() {
        clustrix.close();
    }

    interface Sums {
        @Cluster(
                cores = 8,
                memory = "16GB",
                time = "01:30:00",
                partition = "compute",
                options = {"exclusive", "qos=high"})
        int sum(List<Integer> numbers);

        @Cluster(cluster = "other", name = "later")
        CompletableFuture<Integer> later(int n);

        @Cluster
        CompletionStage<String> stage();

        @Cluster
        Future<String> future();

        @Cluster
        void fail(Throwable t) throws IOException;

        @Cluster(timeout = "100ms")
        int slow() throws InterruptedException;

        String here();

        @Cluster
        default int twice(int n) {
            return 2 * n;
        }
    }

    static class SumsImpl implements Sums, Serializable {
        private static final long serialVersionUID = 1L;
        private final int offset;

        SumsImpl(int offset) {
            this.offset = offset;
        }

        @Override
        public int sum(List<Integer> numbers) {
            return offset + numbers.stream().mapToInt(i -> i).sum();
        }

        @Override
        public CompletableFuture<Integer> later(int n) {
            return CompletableFuture.supplyAsync(() -> {
                if (n < 0) {
                    throw new IllegalArgumentException("negative");
                }
                return offset + n;
            });
        }

        @Override
        public CompletionStage<String> stage() {
            return CompletableFuture.completedStage(Thread.currentThread().getName());
        }

        @Override
        public Future<String> future() {
            FutureTask<String> task = new FutureTask<>(() -> "done");
            task.run();
            return task;
        }

        @Override
        public void fail(Throwable t) throws IOException {
            ClusterProxyTest.<IOException>sneak(t);
        }

        @Override
        public int slow() throws InterruptedException {
            Thread.sleep(10_000);
            return 1;
        }

        @Override
        public String here() {
            return Thread.currentThread().getName();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable t) throws T {
        throw (T) t;
    }

    private final Sums sums = clustrix.proxy(Sums.class, new SumsImpl(100));

    @Test
    @DisplayName("an annotated method runs on its cluster; annotation over configuration over defaults")
    void runsThere() {
        assertThat(sums.sum(List.of(1, 2))).isEqualTo(103);
        JobOptions options = cluster.jobs.get(0).options();
        assertThat(options.name()).isEqualTo("SumsImpl.sum");
        assertThat(options.resources().cores()).hasValue(8);
        assertThat(options.resources().memory()).hasValue(Memory.parse("16GB"));
        assertThat(options.resources().walltime()).hasValue(Duration.ofMinutes(90));
        assertThat(options.resources().queue()).hasValue("compute");
        assertThat(options.resources().account()).hasValue("physics");
        assertThat(options.resources().options()).containsEntry("exclusive", "").containsEntry("qos", "high");
        assertThat(sums.twice(4)).isEqualTo(8);
        assertThat(cluster.jobs.get(1).options().resources().cores()).hasValue(3);
        assertThat(cluster.jobs.get(1).options()).isNotSameAs(options);
    }

    @Test
    @DisplayName("a method without annotation, and those of Object, run here")
    void runsHere() {
        assertThat(sums.here()).isEqualTo(Thread.currentThread().getName());
        assertThat(sums.equals(sums)).isTrue();
        assertThat(sums.toString()).contains("SumsImpl");
        assertThat(sums.equals(null)).isFalse();
        assertThat(cluster.jobs).isEmpty();
    }

    @Test
    @DisplayName("a method that returns a future returns at once; the value of the inner future is shipped")
    void futures() throws Exception {
        cluster.ships = true;
        CompletableFuture<Integer> later = sums.later(5);
        assertThat(later).isInstanceOf(JobFuture.class);
        assertThat(((JobFuture<?>) later).name()).isEqualTo("later");
        assertThat(later.get(5, SECONDS)).isEqualTo(105);
        assertThat(sums.stage().toCompletableFuture().get(5, SECONDS)).startsWith("executor-");
        assertThat(sums.future().get(5, SECONDS)).isEqualTo("done");
        assertThatThrownBy(() -> sums.later(-1).get(5, SECONDS))
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("negative");
        assertThat(cluster.made).hasSize(2);
    }

    @Test
    @DisplayName(
            "the implementation's exceptions are thrown as they are: unchecked ones and declared ones, the same objects")
    void exceptions() {
        Throwable io = new IOException("declared");
        Throwable illegal = new IllegalStateException("unchecked");
        Throwable error = new StackOverflowError("error");
        Throwable checked = new java.util.concurrent.TimeoutException("not declared");
        assertThat(catchThrowable(() -> sums.fail(io))).isSameAs(io);
        assertThat(catchThrowable(() -> sums.fail(illegal))).isSameAs(illegal);
        assertThat(catchThrowable(() -> sums.fail(error))).isSameAs(error);
        assertThat(catchThrowable(() -> sums.fail(checked)))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("Sums.fail(Throwable)")
                .hasMessageContaining("does not declare")
                .hasCause(checked);
    }

    @Test
    void timeout() {
        assertThatThrownBy(sums::slow).isInstanceOf(TaskTimeoutException.class).hasMessageContaining("0.1s");
    }

    interface Slow {
        @Cluster
        void declared() throws InterruptedException;

        @Cluster
        void undeclared();
    }

    @Test
    @DisplayName("an interrupted caller stops waiting, and the job is cancelled")
    void interrupted() throws Exception {
        Slow slow = clustrix.proxy(Slow.class, new Slow() {
            @Override
            public void declared() throws InterruptedException {
                Thread.sleep(10_000);
            }

            @Override
            public void undeclared() {
                try {
                    Thread.sleep(10_000);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        AtomicReference<Throwable> first = new AtomicReference<>();
        AtomicReference<Throwable> second = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            first.set(catchThrowable(slow::declared));
            Thread.currentThread().interrupt();
            second.set(catchThrowable(slow::undeclared));
        });
        caller.start();
        Thread.sleep(50);
        caller.interrupt();
        caller.join(5000);
        assertThat(first.get()).isInstanceOf(InterruptedException.class);
        assertThat(second.get()).isInstanceOf(CancellationException.class).hasMessageContaining("undeclared()");
        assertThat(cluster.cancelled).hasSize(2);
    }

    @Test
    void shippedTarget() {
        cluster.ships = true;
        assertThat(sums.sum(List.of(1))).isEqualTo(101);
        Job job = cluster.jobs.get(0);
        assertThat(job.work().function()).hasToString("SumsImpl.sum(interface java.util.List)");
    }

    // ---------------------------------------------------------------- where annotations are looked for

    @Cluster(cores = 2, memory = "1G", queue = "slow", options = "a=1")
    interface Typed {
        int plain();

        @Cluster(cores = 5, partition = "fast", options = "b=2")
        int own();
    }

    static class TypedImpl implements Typed {
        @Override
        public int plain() {
            return 1;
        }

        @Override
        public int own() {
            return 2;
        }
    }

    static class OverridingImpl extends TypedImpl {
        @Override
        @Cluster(cores = 9)
        public int own() {
            return 3;
        }
    }

    @Test
    @DisplayName("the class's annotation holds where the method's says nothing; the implementation's method goes first")
    void inherited() {
        Typed typed = clustrix.proxy(Typed.class, new TypedImpl());
        typed.plain();
        typed.own();
        clustrix.proxy(Typed.class, new OverridingImpl()).own();
        assertThat(cluster.jobs.get(0).options().resources().cores()).hasValue(2);
        assertThat(cluster.jobs.get(0).options().resources().queue()).hasValue("slow");
        assertThat(cluster.jobs.get(1).options().resources().cores()).hasValue(5);
        assertThat(cluster.jobs.get(1).options().resources().memory()).hasValue(Memory.ofGibibytes(1));
        assertThat(cluster.jobs.get(1).options().resources().queue()).hasValue("fast");
        assertThat(cluster.jobs.get(1).options().resources().options())
                .containsEntry("a", "1")
                .containsEntry("b", "2");
        assertThat(cluster.jobs.get(2).options().resources().cores()).hasValue(9);
        assertThat(cluster.jobs.get(2).options().resources().queue()).hasValue("slow");
    }

    interface Generic<T> {
        @Cluster
        T apply(T in);
    }

    static class Strings implements Generic<String> {
        @Override
        public String apply(String in) {
            return in + "!";
        }
    }

    interface Op extends Serializable {
        @Cluster
        int of(int a);
    }

    @Test
    void genericInterfacesAndLambdas() {
        cluster.ships = true;
        assertThat(clustrix.<Generic<String>>proxy(cast(Generic.class), new Strings())
                        .apply("a"))
                .isEqualTo("a!");
        Op op = a -> a + 1;
        assertThat(clustrix.proxy(Op.class, op).of(4)).isEqualTo(5);
    }

    @SuppressWarnings("unchecked")
    private static <T> Class<T> cast(Class<?> c) {
        return (Class<T>) c;
    }

    // ---------------------------------------------------------------- refusals

    interface Wrong {
        @Cluster(partition = "a", queue = "b")
        void both();

        @Cluster(memory = "8")
        void memory();

        @Cluster(time = "90")
        void time();

        @Cluster(cores = 0, nodes = -1)
        void numbers();

        @Cluster(cluster = "hcp")
        void unknown();

        @Cluster
        Stream<String> stream();

        @Cluster
        CompletableFuture<Iterator<String>> iterator();

        @Cluster
        void reads(int n, InputStream in);

        @Cluster(options = {"a=1", "a=2", "-x"})
        void options();

        @Cluster(timeout = "soon", name = " ", account = "\n")
        void texts();

        @Cluster(gpus = 1)
        void gpus();

        @Cluster
        FutureTask<String> task();

        void fine();
    }

    static class WrongImpl implements Wrong {
        @Override
        public void both() {}

        @Override
        public void memory() {}

        @Override
        public void time() {}

        @Override
        public void numbers() {}

        @Override
        public void unknown() {}

        @Override
        public Stream<String> stream() {
            return Stream.of();
        }

        @Override
        public CompletableFuture<Iterator<String>> iterator() {
            return new CompletableFuture<>();
        }

        @Override
        public void reads(int n, InputStream in) {}

        @Override
        public void options() {}

        @Override
        public void texts() {}

        @Override
        public void gpus() {}

        @Override
        public FutureTask<String> task() {
            return new FutureTask<>(() -> "");
        }

        @Override
        public void fine() {}

        @Cluster
        private void hidden() {}

        @Cluster
        static void statical() {}
    }

    @Test
    @DisplayName(
            "what makes no sense is refused when the proxy is made: everything at once, by class, method and attribute")
    void refusals() {
        WrongImpl impl = new WrongImpl();
        impl.hidden();
        assertThatThrownBy(() -> clustrix.proxy(Wrong.class, impl))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("makes no sense in 18 places")
                .hasMessageContaining(WrongImpl.class.getName()
                        + ".both(): partition and queue: they are the same thing under two names")
                .hasMessageContaining("WrongImpl.memory(): memory: '8' has no unit")
                .hasMessageContaining("WrongImpl.time(): time: '90' has no unit")
                .hasMessageContaining("WrongImpl.numbers(): cores: must be at least 1, not 0")
                .hasMessageContaining("WrongImpl.numbers(): nodes: must be at least 1, not -1")
                .hasMessageContaining("WrongImpl.unknown(): cluster: ")
                .hasMessageContaining("WrongImpl.stream(): return type: Stream can't be sent")
                .hasMessageContaining("WrongImpl.iterator(): return type: Iterator can't be sent")
                .hasMessageContaining("WrongImpl.reads(int, InputStream): parameter 2: InputStream can't be sent")
                .hasMessageContaining("WrongImpl.options(): options: 'a' is there twice")
                .hasMessageContaining("WrongImpl.options(): options: option name '-x'")
                .hasMessageContaining("WrongImpl.texts(): timeout: 'soon' is no walltime")
                .hasMessageContaining("WrongImpl.texts(): name: ")
                .hasMessageContaining("WrongImpl.texts(): account: ")
                .hasMessageContaining("WrongImpl.gpus(): on cluster test: there are no gpus here")
                .hasMessageContaining("WrongImpl.task(): return type: the future is a JobFuture")
                .hasMessageContaining("WrongImpl.hidden(): the method is private")
                .hasMessageContaining("WrongImpl.statical(): the method is static");
        assertThat(cluster.jobs).isEmpty();
        assertThat(cluster.made).isEmpty();
    }

    interface Bare {
        void nothing();
    }

    @Test
    void noAnnotationAndNoInterface() {
        assertThatThrownBy(() -> clustrix.proxy(Bare.class, () -> {}))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none of its methods is annotated");
        assertThatThrownBy(() -> clustrix.proxy(SumsImpl.class, new SumsImpl(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no interface");
    }
}

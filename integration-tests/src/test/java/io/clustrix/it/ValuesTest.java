package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteTaskException;
import io.clustrix.spi.SerializationException;
import java.io.Serializable;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to a worker process and comes back, and what can't. */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class ValuesTest {

    // ---------------------------------------------------------------- what can't be shipped

    /** Holds something that can't travel. */
    static final class MyService {
        private final Thread connection = new Thread(() -> {});
        private final String name = "service";

        RemoteCallable<Integer> task() {
            return () -> name.length() + (connection.isAlive() ? 1 : 0);
        }

        RemoteFunction<Integer, Integer> function() {
            return i -> i + name.length() + (connection.isAlive() ? 1 : 0);
        }
    }

    @Test
    @DisplayName(
            "a lambda that captures 'this' with a field that can't travel: thrown at submit, with the path to it (R54)")
    void capture(Clustrix clustrix) {
        MyService service = new MyService();

        assertThatThrownBy(() -> clustrix.on("processes").submit(service.task()))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("MyService.this.connection")
                .hasMessageContaining("java.lang.Thread");
        assertThatThrownBy(() -> clustrix.on("processes").map(List.of(1, 2), service.function()))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("MyService.this.connection");
    }

    @Test
    @DisplayName("a captured local variable that can't travel is named (R54)")
    void capturedVariable(Clustrix clustrix) throws Exception {
        try (Socket client = new Socket()) {
            assertThatThrownBy(() -> clustrix.on("processes").submit(() -> client.isConnected()))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("'client'")
                    .hasMessageContaining("java.net.Socket");
        }
    }

    /** An item. */
    record Order(int number, Object content) {}

    @Test
    @DisplayName("the first item can't travel: thrown at submit, with its number and the path in it (R54)")
    void firstItem(Clustrix clustrix) {
        List<Order> orders = List.of(new Order(1, new Thread(() -> {})), new Order(2, "book"));

        assertThatThrownBy(() -> clustrix.on("processes").map(orders, Order::number))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("item 0")
                .hasMessageContaining("content")
                .hasMessageContaining("java.lang.Thread");
    }

    @Test
    @DisplayName("a later item can't travel: it alone fails, and the other items of its chunk run")
    void laterItem(Clustrix clustrix) {
        List<Order> orders = java.util.stream.IntStream.range(0, 20)
                .mapToObj(i -> new Order(i, i == 13 ? new Thread(() -> {}) : "book"))
                .toList();

        List<TaskOutcome<Integer>> outcomes = clustrix.on("processes")
                .withChunkSize(7)
                .onError(ErrorPolicy.COLLECT)
                .map(orders, Order::number)
                .outcomes()
                .join();

        for (TaskOutcome<Integer> outcome : outcomes) {
            if (outcome.task() == 13) {
                assertThat(outcome.failure().orElseThrow())
                        .isInstanceOf(SerializationException.class)
                        .hasMessageContaining("java.lang.Thread");
            } else {
                assertThat(outcome.value()).isEqualTo(outcome.task());
            }
        }
    }

    @Test
    @DisplayName(
            "a result that can't travel fails its task, says that the task ended well, and what stood in the way (R54)")
    void result(Clustrix clustrix) {
        JobFuture<Object> future = clustrix.on("processes").submit(() -> Thread.currentThread());

        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("the task ended well, but its result can't be sent back")
                .hasMessageContaining("java.lang.Thread");
    }

    // ---------------------------------------------------------------- what can

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("null, nothing, empty arrays and a lambda are results like any other")
    void smallResults(String mode, Clustrix clustrix) throws Exception {
        var on = clustrix.on(mode);
        int captured = 40;

        assertThat(on.submit(() -> null).join()).isNull();
        assertThat(on.submit(() -> System.setProperty("clustrix.it", "x")).join())
                .isNull();
        assertThat(on.submit(() -> new byte[0]).join()).isEmpty();
        assertThat(on.submit(() -> "").join()).isEmpty();
        assertThat(on.submit(() -> List.of()).join()).isEqualTo(List.of());
        RemoteCallable<Integer> answer =
                on.submit(() -> (RemoteCallable<Integer>) () -> captured + 2).join();
        assertThat(answer.call()).isEqualTo(42);
        assertThat(on.map(Arrays.asList(1, null, 3), i -> i).join()).containsExactly(1, null, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("a result of 200 MB comes back whole, and small tasks run beside it")
    void largeResult(String mode, Clustrix clustrix) {
        var on = clustrix.on(mode);
        JobFuture<byte[]> large = on.submit(() -> {
            byte[] bytes = new byte[200_000_000];
            for (int i = 0; i < bytes.length; i += 1000) {
                bytes[i] = (byte) (i / 1000);
            }
            return bytes;
        });
        List<Integer> small = on.map(0, 100, i -> i).join();

        byte[] bytes = large.join();

        assertThat(small).hasSize(100);
        assertThat(bytes.length).isEqualTo(200_000_000);
        for (int i = 0; i < bytes.length; i += 1000) {
            if (bytes[i] != (byte) (i / 1000)) {
                throw new AssertionError("byte " + i + " is " + bytes[i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("a captured array of 100 MB arrives, for calls and for maps")
    void largeCapture(String mode, Clustrix clustrix) {
        byte[] captured = new byte[100_000_000];
        captured[captured.length - 1] = 7;

        assertThat(clustrix.on(mode).submit(() -> captured[captured.length - 1]).join())
                .isEqualTo((byte) 7);
        assertThat(clustrix.on(mode).map(0, 4, i -> captured.length - i).join())
                .containsExactly(100_000_000, 99_999_999, 99_999_998, 99_999_997);
    }

    // ---------------------------------------------------------------- exceptions

    /** A user's own exception with more than a message. */
    static final class OrderException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int number;

        OrderException(int number, Throwable cause) {
            super("order " + number, cause);
            this.number = number;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("an exception keeps type, fields, message, trace, cause and suppressed exceptions (W-C2, R53)")
    void exception(String mode, Clustrix clustrix) {
        JobFuture<Integer> future = clustrix.on(mode).submit(() -> {
            OrderException e = new OrderException(17, new IllegalStateException("the cause"));
            e.addSuppressed(new ArithmeticException("on the way out"));
            throw e;
        });

        Throwable thrown = catchThrowable(future::join);

        assertThat(thrown)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(OrderException.class, e -> {
                    assertThat(e.number).isEqualTo(17);
                    assertThat(e).hasMessage("order 17");
                    assertThat(e.getCause())
                            .isExactlyInstanceOf(IllegalStateException.class)
                            .hasMessage("the cause");
                    assertThat(e.getSuppressed()[0]).isExactlyInstanceOf(ArithmeticException.class);
                    assertThat(e.getStackTrace()[0].getClassName()).isEqualTo(ValuesTest.class.getName());
                });
    }

    @Test
    @DisplayName("an exception whose class only the worker has comes as its look-alike, and says why (R53)")
    void classOfTheWorker(Clustrix clustrix) {
        JobFuture<Integer> future = clustrix.on("processes").submit(() -> {
            throw WorkersOwn.exception();
        });

        assertThatThrownBy(future::join).cause().isInstanceOfSatisfying(RemoteTaskException.class, e -> {
            assertThat(e.data().className()).isEqualTo(WorkersOwn.NAME);
            assertThat(e)
                    .hasMessageContaining("io.clustrix.it.OnlyHere: from afar")
                    .hasMessageContaining("could not be rebuilt here");
            assertThat(e.getStackTrace())
                    .anySatisfy(frame -> assertThat(frame.getMethodName()).contains("classOfTheWorker"));
        });
    }

    /** Whose own methods fail. */
    static final class Spiteful extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final boolean error;

        Spiteful(boolean error) {
            this.error = error;
        }

        @Override
        public String getMessage() {
            if (error) {
                throw new AssertionError("no message");
            }
            throw new IllegalStateException("no message");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("an exception whose getMessage() throws fails its own task and harms nobody else (W-C2)")
    void spiteful(String mode, Clustrix clustrix) {
        for (boolean error : new boolean[] {false, true}) {
            List<TaskOutcome<Integer>> outcomes = clustrix.on(mode)
                    .withChunkSize(3)
                    .onError(ErrorPolicy.COLLECT)
                    .map(0, 6, i -> {
                        if (i % 3 == 1) {
                            throw new Spiteful(error);
                        }
                        return i;
                    })
                    .outcomes()
                    .join();

            assertThat(outcomes.get(1).failure()).isPresent();
            assertThat(outcomes.get(4).failure()).isPresent();
            assertThat(List.of(0, 2, 3, 5))
                    .allSatisfy(i -> assertThat(outcomes.get(i).value()).isEqualTo(i));

            JobFuture<Integer> single = clustrix.on(mode).submit(() -> {
                throw new Spiteful(error);
            });
            assertThat(single.handle((v, e) -> Objects.requireNonNull(e).getClass())
                            .join())
                    .isIn(Spiteful.class, RemoteTaskException.class);
        }
    }

    /** Holds what can't travel. */
    static final class WithResource extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // that is the point
        private final Thread resource = Thread.currentThread();

        WithResource() {
            super("holds " + Thread.class, new IllegalStateException("the cause of it"));
        }

        String name() {
            return resource.getName();
        }
    }

    @Test
    @DisplayName(
            "an exception with a field that can't travel comes as its look-alike with message, trace and cause (R53)")
    void exceptionWithResource(Clustrix clustrix) {
        JobFuture<Integer> future = clustrix.on("processes").submit(() -> {
            throw new WithResource();
        });

        assertThatThrownBy(future::join).cause().isInstanceOfSatisfying(RemoteTaskException.class, e -> {
            assertThat(e.data().className()).isEqualTo(WithResource.class.getName());
            assertThat(e).hasMessageContaining("holds class java.lang.Thread");
            assertThat(e.getCause()).hasMessageContaining("the cause of it");
            assertThat(e.getStackTrace()[0].getClassName()).isEqualTo(ValuesTest.class.getName());
        });
    }

    /** A value that misbehaves when it is read. */
    static final class Poison implements Serializable {
        private static final long serialVersionUID = 1L;
        private final String where;

        Poison(String where) {
            this.where = where;
        }

        private Object readResolve() {
            if (where.equals("everywhere")
                    || System.getProperty("clustrix.it.worker") == null == where.equals("driver")) {
                throw new IllegalStateException("poison read in " + where);
            }
            return this;
        }
    }

    @Test
    @DisplayName("a value that throws while it is read by the driver fails its own task only")
    void poisonedResult(Clustrix clustrix) {
        List<TaskOutcome<Object>> outcomes = clustrix.on("processes")
                .withChunkSize(3)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 3, i -> i == 1 ? (Object) new Poison("everywhere") : i)
                .outcomes()
                .join();

        assertThat(outcomes.get(0).value()).isEqualTo(0);
        assertThat(outcomes.get(1).failure().orElseThrow()).hasMessageContaining("poison read");
        assertThat(outcomes.get(2).value()).isEqualTo(2);
    }

    @Test
    @DisplayName("a captured value that throws while it is read by the worker fails the task, not the worker")
    void poisonedCapture(Clustrix clustrix) {
        Poison poison = new Poison("everywhere");

        JobFuture<Integer> future = clustrix.on("processes").submit(() -> poison.where.length());

        assertThatThrownBy(future::join).hasMessageContaining("poison read");
        assertThatThrownBy(() -> clustrix.on("processes")
                        .map(0, 3, i -> poison.where.length())
                        .join())
                .hasMessageContaining("poison read");
        assertThatThrownBy(() -> clustrix.on("processes")
                        .map(List.of(poison), p -> p.where)
                        .join())
                .hasMessageContaining("poison read");
    }
}

package io.clustrix.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.serializer.kryo.KryoSerializerProvider;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.JdkSerializerProvider;
import io.clustrix.worker.MethodCall;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A value that can't be shipped is explained (R54):")
class CaptureCheckTest {

    /** Stands for what every serializer refuses. */
    private static final class Connection extends Thread {}

    @SuppressWarnings("serial")
    static final class MyService implements Serializable {
        final String name = "service";
        final Object connection;

        MyService(Object connection) {
            this.connection = connection;
        }

        RemoteCallable<Integer> usingField() {
            return () -> connection.hashCode();
        }

        RemoteCallable<Integer> usingLocal() {
            Object client = connection;
            int before = 3;
            long wide = 4;
            return () -> client.hashCode() + before + (int) wide;
        }

        RemoteCallable<Integer> usingBoth(double scale, String[] words, Object client) {
            return () -> (int) (name.length() * scale) + words.length + client.hashCode();
        }

        RemoteCallable<Integer> reference() {
            return connection::hashCode;
        }

        RemoteCallable<Integer> anonymous() {
            return new RemoteCallable<>() {
                @Override
                public Integer call() {
                    return connection.hashCode();
                }
            };
        }

        @Override
        public String toString() {
            throw new IllegalStateException("toString was called");
        }

        @Override
        public int hashCode() {
            throw new IllegalStateException("hashCode was called");
        }

        @Override
        public boolean equals(Object o) {
            throw new IllegalStateException("equals was called");
        }

        public int method(String text, Object argument) {
            return 1;
        }
    }

    @SuppressWarnings("serial")
    record Order(int id, Object owner) implements Serializable {}

    static List<SerializerProvider> providers() {
        return List.of(new KryoSerializerProvider(), new JdkSerializerProvider());
    }

    private static CaptureCheck.Culprit find(SerializerProvider provider, Object value) {
        return new CaptureCheck(provider.create(SerializerOptions.none()))
                .find(value)
                .orElseThrow();
    }

    private static final String CLASS = Connection.class.getName();

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("a field of the object around the lambda, which is captured as a whole")
    void capturedThis(SerializerProvider provider) {
        CaptureCheck.Culprit culprit = find(provider, new MyService(new Connection()).usingField());
        assertThat(culprit.describe()).isEqualTo("MyService.this.connection (" + CLASS + ")");
        assertThat(culprit.hints())
                .anySatisfy(
                        h -> assertThat(h).contains("captures all of it").contains("local variable before the lambda"))
                .anySatisfy(h ->
                        assertThat(h).contains("mark the field 'connection'").contains("transient"));
        assertThat(culprit.toException(new RuntimeException()))
                .hasMessageStartingWith("MyService.this.connection (" + CLASS + ") can't be shipped: ");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("a captured variable, by its name")
    void capturedVariable(SerializerProvider provider) {
        assertThat(find(provider, new MyService(new Connection()).usingLocal()).describe())
                .isEqualTo("captured value 'client' (" + CLASS + ")");
        assertThat(find(provider, new MyService(null).usingBoth(2, new String[0], new Connection()))
                        .describe())
                .isEqualTo("captured value 'client' (" + CLASS + ")");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("the object of a method reference, and the one around an anonymous class")
    void otherCaptures(SerializerProvider provider) {
        assertThat(find(provider, new MyService(new Connection()).reference()).describe())
                .isEqualTo("the object of the method reference ::hashCode (" + CLASS + ")");
        CaptureCheck.Culprit culprit = find(provider, new MyService(new Connection()).anonymous());
        assertThat(culprit.describe()).isEqualTo("MyService.this.connection (" + CLASS + ")");
        assertThat(culprit.hints())
                .anySatisfy(h -> assertThat(h).contains("inner class").contains("make it static"));
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("an item of many, and where in it")
    void items(SerializerProvider provider) {
        Object[] items = new Object[20];
        Arrays.setAll(items, i -> new Order(i, i == 17 ? new Connection() : null));
        assertThat(find(provider, items).describe()).isEqualTo("item 17.owner (" + CLASS + ")");
        assertThat(find(provider, new ArrayList<>(Arrays.asList(items))).describe())
                .isEqualTo("item 17.owner (" + CLASS + ")");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("what lies in lists, maps, Optional, arrays and other lambdas")
    void nested(SerializerProvider provider) {
        Object deep = new Order(1, new ArrayList<>(List.of(1, new HashMap<>(Map.of("key", Optional.of(new Object[] {
            0, new Connection()
        }))))));
        assertThat(find(provider, deep).path()).isEqualTo("Order.owner[1]{key}.get()[1]");
        RemoteCallable<Integer> inner = new MyService(new Connection()).usingField();
        RemoteFunction<Integer, Integer> outer = x -> x + inner.call();
        assertThat(find(provider, outer).path()).isEqualTo("captured value 'inner' captures MyService.this.connection");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("a lambda whose interface is not serializable, and how to make it so")
    void notSerializable(SerializerProvider provider) {
        Supplier<Integer> plain = () -> 1;
        CaptureCheck.Culprit culprit = find(provider, new Order(1, plain));
        assertThat(culprit.describe())
                .isEqualTo("Order.owner (a lambda in " + CaptureCheckTest.class.getName()
                        + " as a java.util.function.Supplier)");
        assertThat(culprit.hints()).anySatisfy(h -> assertThat(h).contains("(Supplier & Serializable) () -> ..."));
        assertThat(find(provider, plain).path()).startsWith("a lambda in ");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("the target and the arguments of a method's call")
    void methodCall(SerializerProvider provider) throws Exception {
        var method = MyService.class.getMethod("method", String.class, Object.class);
        assertThat(find(provider, new MethodCall(method, new MyService(null), new Object[] {"x", new Connection()}))
                        .describe())
                .isEqualTo("argument 2 (" + CLASS + ")");
        assertThat(find(provider, new MethodCall(method, new MyService(new Connection()), new Object[] {"x", "y"}))
                        .path())
                .isEqualTo("MyService.connection");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("one of several ways is the shortest, and circles do no harm")
    void shortest(SerializerProvider provider) {
        Connection connection = new Connection();
        List<Object> circle = new ArrayList<>();
        circle.add(new Order(1, circle));
        circle.add(new Order(2, new Order(3, connection)));
        circle.add(connection);
        assertThat(find(provider, new Order(0, circle)).path()).isEqualTo("Order.owner[2]");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("a task that Clustrix has wrapped is looked at as the user wrote it")
    void wrapped(SerializerProvider provider) {
        RemoteCallable<Integer> task = new MyService(new Connection()).usingField();
        record Wrapped(RemoteCallable<Integer> carried) implements CarriesFunction, Serializable {}
        assertThat(find(provider, new Wrapped(task)).path()).isEqualTo("MyService.this.connection");
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("a value that can be written has no culprit")
    void none(SerializerProvider provider) {
        CaptureCheck check = new CaptureCheck(provider.create(SerializerOptions.none()));
        assertThat(check.find(new Order(1, List.of("a")))).isEmpty();
        assertThat(check.find(null)).isEmpty();
        assertThat(check.find(7)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("providers")
    @DisplayName("what makes a value large is told by its largest parts with their sizes")
    void largest(SerializerProvider provider) {
        CaptureCheck check = new CaptureCheck(provider.create(SerializerOptions.none()));
        byte[] big = new byte[500_000];
        int[] middle = new int[10_000];
        String small = "small";
        List<String> none = List.of();
        RemoteCallable<Integer> task = () -> big.length + middle.length + small.length() + none.size();
        List<CaptureCheck.Part> parts = check.largest(task, 3);
        assertThat(parts.stream().map(CaptureCheck.Part::path))
                .startsWith("captured value 'big'", "captured value 'middle'")
                .hasSize(3);
        assertThat(parts.get(0).bytes()).isBetween(500_000L, 500_100L);
        assertThat(parts.get(0).className()).isEqualTo("byte[]");
    }

    @Test
    @DisplayName("where a lambda captured only the object around it, that object's parts are told")
    void largestOfThis() {
        CaptureCheck check = new CaptureCheck(new KryoSerializerProvider().create(SerializerOptions.none()));
        List<CaptureCheck.Part> parts = check.largest(new MyService(new byte[100_000]).usingField(), 3);
        assertThat(parts.get(0).path()).isEqualTo("MyService.this.connection");
        assertThat(parts).hasSize(2);
    }
}

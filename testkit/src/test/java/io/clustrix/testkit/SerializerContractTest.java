package io.clustrix.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.worker.JdkSerializerProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

@DisplayName("The contract of serializers")
class SerializerContractTest {

    /** The sound one, with something between. */
    private static class Wrapped implements Serializer {
        final Serializer sound;

        Wrapped(Serializer sound) {
            this.sound = sound;
        }

        @Override
        public void write(@Nullable Object value, OutputStream out) throws IOException {
            sound.write(value, out);
        }

        @Override
        public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
            return sound.read(in, classes);
        }
    }

    private static SerializerContract contract(SerializerProvider provider) {
        return new SerializerContract() {
            @Override
            protected SerializerProvider provider() {
                return provider;
            }
        };
    }

    /** Not registered, and with serializers of its own. */
    private record Other(UnaryOperator<Serializer> change, boolean filters) implements SerializerProvider {
        @Override
        public String name() {
            return "other";
        }

        @Override
        public Serializer create(SerializerOptions options) {
            return change.apply(new JdkSerializerProvider().create(filters ? options : SerializerOptions.none()));
        }
    }

    private static DynamicTest fails(String test, String why, UnaryOperator<Serializer> change) {
        return fails(test, why, new Other(change, true));
    }

    private static DynamicTest fails(String test, String why, SerializerProvider provider) {
        return DynamicTest.dynamicTest(
                test + ": " + why,
                () -> assertThat(FailuresOf.of(SerializerContract.class, contract(provider), test))
                        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("The rule: ")));
    }

    @TestFactory
    @DisplayName("is kept by a sound one")
    Stream<DynamicTest> sound() {
        return FailuresOf.tests(SerializerContract.class).stream()
                .map(test -> DynamicTest.dynamicTest(
                        test,
                        () -> assertThat(FailuresOf.of(
                                        SerializerContract.class, contract(new JdkSerializerProvider()), test))
                                .isEmpty()));
    }

    @TestFactory
    @DisplayName("is broken by a serializer")
    Stream<DynamicTest> broken() {
        return Stream.of(
                fails("isFound", "not registered", s -> s),
                fails("filter", "no filter", new Other(s -> s, false)),
                fails("roundTrips", "null as a text", s -> new Wrapped(s) {
                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        super.write(value == null ? "" : value, out);
                    }
                }),
                fails("graphs", "a copy of what it reads", s -> new Wrapped(s) {
                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        Object value = super.read(in, classes);
                        return value instanceof Object[] array ? array.clone() : value;
                    }
                }),
                fails("exceptions", "no stack trace", s -> new Wrapped(s) {
                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        Object value = super.read(in, classes);
                        if (value instanceof Throwable t) {
                            t.setStackTrace(new StackTraceElement[0]);
                        }
                        return value;
                    }
                }),
                fails("lambdas", "something else", s -> new Wrapped(s) {
                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        return "no " + super.read(in, classes);
                    }
                }),
                fails("refusesAndGoesOn", "another exception", s -> new Wrapped(s) {
                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        try {
                            super.write(value, out);
                        } catch (SerializationException e) {
                            throw new IllegalArgumentException(e);
                        }
                    }
                }),
                fails("streamsThatThrow", "an IOException of its own", s -> new Wrapped(s) {
                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        try {
                            super.write(value, out);
                        } catch (IOException e) {
                            throw new IOException("wrapped", e);
                        }
                    }
                }),
                fails("twoValues", "the same object again", s -> new Wrapped(s) {
                    private @Nullable Object last;

                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        if (last == null) {
                            last = super.read(in, classes);
                        }
                        return last;
                    }
                }),
                fails("twoValues", "a number that counts on", s -> new Wrapped(s) {
                    private int count;

                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        out.write(count++);
                        super.write(value, out);
                    }

                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        var unused = in.read();
                        return super.read(in, classes);
                    }
                }),
                fails("deepGraphs", "a stack that overflows", s -> new Wrapped(s) {
                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        try {
                            super.write(value, out);
                        } catch (SerializationException e) {
                            throw new StackOverflowError();
                        }
                    }
                }),
                fails("classLoader", "its own class loader", s -> new Wrapped(s) {
                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        return super.read(in, Objects.requireNonNull(getClass().getClassLoader()));
                    }
                }),
                fails("damage", "another exception", s -> new Wrapped(s) {
                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        try {
                            return super.read(in, classes);
                        } catch (SerializationException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }),
                fails("damage", "a length that is believed in", s -> new Wrapped(s) {
                    @Override
                    public void write(@Nullable Object value, OutputStream out) throws IOException {
                        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                        super.write(value, bytes);
                        out.write(bytes.size() >>> 24);
                        out.write(bytes.size() >>> 16);
                        out.write(bytes.size() >>> 8);
                        out.write(bytes.size());
                        bytes.writeTo(out);
                    }

                    @Override
                    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
                        int length = in.read() << 24 | in.read() << 16 | in.read() << 8 | in.read();
                        byte[] all = new byte[Math.min(length & 0x7fffffff, 200_000_000)];
                        var unused = in.readNBytes(all, 0, all.length);
                        return super.read(new ByteArrayInputStream(all), classes);
                    }
                }));
    }
}

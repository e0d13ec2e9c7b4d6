package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A serializer is as new after each call:")
class StateTest {

    @SuppressWarnings("serial")
    private static final class Grenade implements Serializable {
        private final RuntimeException thrown;

        Grenade(RuntimeException thrown) {
            this.thrown = thrown;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeObject("half");
            throw thrown;
        }
    }

    @Test
    @DisplayName("a value that was written before is written again in full")
    void nothingShared() {
        List<String> list = new ArrayList<>(List.of("a"));
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            byte[] first = Subjects.write(serializer, list);
            byte[] second = Subjects.write(serializer, list);
            assertThat(second).isEqualTo(first);
            Object a = Subjects.read(serializer, first);
            assertThat(Subjects.read(serializer, second)).isEqualTo(a).isNotSameAs(a);
        }
    }

    @Test
    @DisplayName("after writing threw in the middle, what follows is as if nothing had been")
    void afterFailedWrite() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            Object good = new HashMap<>(Map.of("k", List.of(1, 2), "e", new IllegalStateException("x")));
            byte[] before = Subjects.write(serializer, good);
            RuntimeException thrown = new IllegalStateException("in the middle");
            assertThatThrownBy(() -> Subjects.write(serializer, new Object[] {good, List.of(new Grenade(thrown))}))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("in the middle");
            assertThatThrownBy(() -> Subjects.write(serializer, new Object[] {good, Thread.currentThread()}))
                    .isInstanceOf(SerializationException.class);
            assertThat(Subjects.write(serializer, good)).isEqualTo(before);
            assertThat(Subjects.read(serializer, before).toString()).isEqualTo(good.toString());
        }
    }

    @Test
    @DisplayName("bytes cut anywhere are refused and leave nothing behind")
    void afterFailedRead() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            Object good = new ArrayList<>(List.of(
                    new UserTypes.Point(1, 2, "n", List.of("a")),
                    new int[] {1, 2},
                    new UserTypes.Hooked(List.of("a")),
                    Map.of("a", "b")));
            byte[] bytes = Subjects.write(serializer, good);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> Subjects.read(serializer, cut))
                        .as("%s, %d of %d bytes", provider.name(), length, bytes.length)
                        .isInstanceOf(SerializationException.class);
            }
            assertThat(Subjects.write(serializer, good)).isEqualTo(bytes);
        }
        Serializer kryo = Subjects.kryo();
        byte[] longer = Arrays.copyOf(Subjects.write(kryo, "x"), 9);
        assertThatThrownBy(() -> Subjects.read(kryo, longer)).hasMessageContaining("more after the value has ended");
    }

    @Test
    @DisplayName("damaged bytes give a value or a SerializationException and nothing else, whatever the damage")
    void damaged() {
        Object[] values = {
            new ArrayList<>(List.of(new UserTypes.Point(1, 2, "n", List.of("a")), new int[] {1, 2}, Map.of("a", "b"))),
            UserTypes.capturing(3, "abc"),
            new IllegalStateException(
                    "x", new UserTypes.DomainException("m", null, 1, null, java.util.Optional.of("x")))
        };
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            for (Object value : values) {
                if (provider.name().equals("jdk") && value instanceof Exception) {
                    continue;
                }
                byte[] bytes = Subjects.write(serializer, value);
                for (int seed = 0; seed < 400; seed++) {
                    Random random = new Random(seed);
                    byte[] damaged = bytes.clone();
                    for (int i = 0; i <= seed % 3; i++) {
                        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                    }
                    try {
                        Subjects.read(serializer, damaged);
                    } catch (SerializationException expected) {
                        assertThat(expected.getMessage()).isNotBlank();
                    } catch (Throwable t) {
                        throw new AssertionError(provider.name() + ", seed " + seed, t);
                    }
                }
                assertThat(Subjects.write(serializer, value)).isEqualTo(bytes);
            }
        }
    }

    /** Has classes of its own of the same names. */
    private static final class Twin extends ClassLoader {
        Twin() {
            super(StateTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith(UserTypes.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] file = in.readAllBytes();
                    return defineClass(name, file, 0, file.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }
    }

    @Test
    @DisplayName("classes come from the loader of each call, and no other is mixed in")
    void loaders() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            Object value = new ArrayList<>(List.of(new UserTypes.Point(1, 2, "n", List.of()), UserTypes.Color.GREEN));
            byte[] bytes = Subjects.write(serializer, value);
            Twin first = new Twin();
            Twin second = new Twin();
            for (ClassLoader loader : List.of(first, second, StateTest.class.getClassLoader(), first)) {
                List<?> read = (List<?>) Subjects.read(serializer, bytes, loader);
                assertThat(read.get(0).getClass().getClassLoader()).isSameAs(loader);
                assertThat(read.get(1).getClass().getClassLoader()).isSameAs(loader);
                // and what came from it can be written
                assertThat(Subjects.write(serializer, read)).isEqualTo(bytes);
            }
            assertThat(((java.util.concurrent.Callable<?>) Subjects.read(
                                    serializer, Subjects.write(serializer, UserTypes.nonCapturing()), second))
                            .getClass()
                            .getClassLoader())
                    .isSameAs(second);
        }
    }

    @Test
    @DisplayName("a class loader is let go when another is asked for")
    void letsGo() throws InterruptedException {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            byte[] bytes = Subjects.write(serializer, new UserTypes.Point(1, 2, "n", List.of()));
            WeakReference<ClassLoader> gone = use(serializer, bytes);
            Subjects.read(serializer, bytes);
            for (int i = 0; i < 50 && gone.get() != null; i++) {
                System.gc();
                Thread.sleep(20);
            }
            assertThat(gone.get()).as(provider.name()).isNull();
        }
    }

    private static WeakReference<ClassLoader> use(Serializer serializer, byte[] bytes) {
        Twin twin = new Twin();
        assertThat(Subjects.read(serializer, bytes, twin).getClass().getClassLoader())
                .isSameAs(twin);
        return new WeakReference<>(twin);
    }
}

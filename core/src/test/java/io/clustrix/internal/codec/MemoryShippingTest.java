package io.clustrix.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Memory;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.worker.JdkSerializerProvider;
import io.clustrix.worker.ShippedValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which values take class files with them; what workers do with them is tested with a JShell. */
class MemoryShippingTest {
    private final PooledCodec codec = new PooledCodec(
            new JdkSerializerProvider(),
            SerializerOptions.none(),
            MemoryShippingTest.class.getClassLoader(),
            Memory.ofMebibytes(1));

    /** As if it had been entered in a shell. */
    static final class Written {
        static RemoteCallable<String> lambda() {
            return () -> new Named("x").name();
        }

        private Written() {}
    }

    record Named(String name) implements java.io.Serializable {}

    /** Defines the classes of this test anew, without saying where they come from. */
    private static final class Shell extends ClassLoader {
        private final boolean gives;

        Shell(boolean gives) {
            super("shell", MemoryShippingTest.class.getClassLoader());
            this.gives = gives;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null || !name.startsWith(MemoryShippingTest.class.getName() + "$")) {
                    return known != null ? known : super.loadClass(name, resolve);
                }
                byte[] file = file(name.replace('.', '/') + ".class");
                return defineClass(name, file, 0, file.length);
            }
        }

        private byte[] file(String name) {
            try (InputStream in = getParent().getResourceAsStream(name)) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public @Nullable URL getResource(String name) {
            if (!gives) {
                return null;
            }
            try {
                return new URL(null, "shell:/" + name, new URLStreamHandler() {
                    @Override
                    protected URLConnection openConnection(URL url) {
                        return new URLConnection(url) {
                            @Override
                            public void connect() {}

                            @Override
                            public InputStream getInputStream() {
                                return new ByteArrayInputStream(file(name));
                            }
                        };
                    }
                });
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }

        RemoteCallable<?> lambda() throws ReflectiveOperationException {
            var method = loadClass(Written.class.getName()).getDeclaredMethod("lambda");
            method.setAccessible(true);
            return (RemoteCallable<?>) method.invoke(null);
        }
    }

    @Test
    @DisplayName("a lambda of a class that is in memory takes along the class and those that it names")
    void inMemory() throws Exception {
        byte[] bytes = codec.encode(new Shell(true).lambda());

        assertThat(text(bytes))
                .contains(ShippedValue.class.getName(), Written.class.getName(), Named.class.getName())
                .doesNotContain(Shell.class.getName());
    }

    @Test
    @DisplayName("an object of such a class does too, wherever it is held")
    void objects() throws Exception {
        Class<?> named = new Shell(true).loadClass(Named.class.getName());
        var maker = named.getDeclaredConstructor(String.class);
        maker.setAccessible(true);
        Object value = maker.newInstance("y");

        assertThat(text(codec.encode(new Object[] {"a", value}))).contains(ShippedValue.class.getName());
        assertThat(text(codec.encode(List.of(List.of(value)))))
                .as("one was seen before, so the value is looked through")
                .contains(ShippedValue.class.getName());
    }

    @Test
    @DisplayName("what is on the class path travels as ever")
    void onClassPath() {
        assertThat(text(codec.encode(Written.lambda()))).doesNotContain("Shipped");
        assertThat(text(codec.encode(new Object[] {new Named("z")}))).doesNotContain("Shipped");
    }

    @Test
    @DisplayName("where the class loader does not give the file, submit says which class and what to do")
    void nowhere() throws Exception {
        RemoteCallable<?> lambda = new Shell(false).lambda();

        assertThatThrownBy(() -> codec.encode(lambda))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("the lambda was written in " + Written.class.getName())
                .hasMessageContaining("defined at run time")
                .hasMessageContaining(Shell.class.getName())
                .hasMessageContaining("put the code into a jar or a directory that is on the class path");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}

package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is read is filtered (W-F):")
class FilterTest {

    /** What ran of the classes below; they must not be initialized by a test that looks. */
    static final AtomicInteger RAN = new AtomicInteger();

    /** Stands for a class that does harm when it is made. */
    @SuppressWarnings("serial")
    static final class Gadget implements Serializable {
        static {
            RAN.incrementAndGet();
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            RAN.incrementAndGet();
            in.defaultReadObject();
        }
    }

    /** The same without a hook: kryo writes it field by field. */
    @SuppressWarnings("serial")
    static final class PlainGadget implements Serializable {
        static {
            RAN.incrementAndGet();
        }

        int n = 1;
    }

    /** In place of the gadgets where the streams are written: names of the same length. */
    @SuppressWarnings("serial")
    static final class Gidget implements Serializable {
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
        }
    }

    @SuppressWarnings("serial")
    static final class PlainGidget implements Serializable {
        int n = 1;
    }

    /** The stream of an object of the harmless twin, with the other's name in it. */
    private static byte[] forged(Serializer serializer, Object value, String name, String forged) {
        String text = new String(Subjects.write(serializer, value), StandardCharsets.ISO_8859_1);
        assertThat(text).contains(name.substring(0, name.length() - 1));
        return text.replace(name.substring(0, name.length() - 1), forged.substring(0, forged.length() - 1))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    @DisplayName("a class that the filter refuses is neither initialized nor read, in whatever it is packed")
    void neverTouched() {
        String twin = "FilterTest$Gidget";
        String gadget = "FilterTest$Gadget";
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(
                    provider,
                    "!io.clustrix.serializer.kryo.FilterTest$*Gadget;!io.clustrix.serializer.kryo.FilterTest$Gadget;!io.clustrix.serializer.kryo.FilterTest$PlainGadget");
            for (Object value : List.of(
                    new Gidget(),
                    List.of(new Gidget()),
                    new Object[] {1, new Gidget()},
                    new Gidget[1],
                    new IllegalStateException("x", new Carrier(new Gidget())))) {
                assertThatThrownBy(() -> Subjects.read(serializer, forged(serializer, value, twin, gadget)))
                        .as("%s: %s", provider.name(), value)
                        .isInstanceOf(SerializationException.class)
                        .hasMessageContaining("FilterTest$Gadget is refused by the serializer's filter");
            }
            assertThatThrownBy(() -> Subjects.read(
                            serializer,
                            forged(serializer, new PlainGidget(), "FilterTest$PlainGidget", "FilterTest$PlainGadget")))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("FilterTest$PlainGadget is refused by the serializer's filter");
            assertThatThrownBy(() -> Subjects.read(serializer, forged(serializer, Gidget.class, twin, gadget)))
                    .isInstanceOf(SerializationException.class);
        }
        assertThat(RAN).hasValue(0);
    }

    @SuppressWarnings({"serial", "UnusedVariable"})
    private static final class Carrier extends Exception {
        private final Object held;

        Carrier(Object held) {
            this.held = held;
        }
    }

    @Test
    @DisplayName("known building blocks of attacks are refused without any filter being set")
    void denyList() throws Exception {
        Object attribute = new javax.management.BadAttributeValueExpException("x");
        Object handler = new ArrayList<>(List.of(
                new java.security.SignedObject("x", key(), java.security.Signature.getInstance("SHA256withRSA"))));
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            assertThatThrownBy(() -> Subjects.read(serializer, Subjects.write(serializer, attribute)))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining(
                            "javax.management.BadAttributeValueExpException is refused by Clustrix' deny list");
            assertThatThrownBy(() -> Subjects.read(serializer, Subjects.write(serializer, handler)))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("java.security.SignedObject is refused by Clustrix' deny list");
            assertThat(Subjects.roundTrip(serializer, List.of(1))).isEqualTo(List.of(1));
        }
    }

    private static java.security.PrivateKey key() throws Exception {
        return java.security.KeyPairGenerator.getInstance("RSA")
                .generateKeyPair()
                .getPrivate();
    }

    @Test
    @DisplayName("our own look-up in the deny list says what the JDK's filter would say")
    void sameAsJdk() throws Exception {
        ObjectInputFilter filter = ObjectInputFilter.Config.createFilter(SerializerOptions.DENY_LIST);
        for (Class<?> type : new Class<?>[] {
            String.class,
            ArrayList.class,
            javax.management.BadAttributeValueExpException.class,
            javax.management.ObjectName.class,
            java.security.SignedObject.class,
            java.rmi.server.UID.class,
            java.rmi.server.UnicastRemoteObject.class,
            javax.management.openmbean.ArrayType.class,
            java.lang.ProcessBuilder.class,
            java.lang.Process.class,
            Class.forName("com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl"),
            FilterTest.class,
            Gidget.class,
            java.beans.EventHandler.class,
            java.beans.PropertyChangeSupport.class,
            javax.sql.rowset.RowSetMetaDataImpl.class
        }) {
            ObjectInputFilter.Status status = filter.checkInput(new ObjectInputFilter.FilterInfo() {
                @Override
                public Class<?> serialClass() {
                    return type;
                }

                @Override
                public long arrayLength() {
                    return -1;
                }

                @Override
                public long depth() {
                    return 1;
                }

                @Override
                public long references() {
                    return 1;
                }

                @Override
                public long streamBytes() {
                    return 1;
                }
            });
            assertThat(SerializerOptions.denies(type.getName()))
                    .as(type.getName())
                    .isEqualTo(status == ObjectInputFilter.Status.REJECTED);
        }
    }

    @Test
    @DisplayName("a list of what is allowed lets literals, lambdas of allowed classes and arrays pass and nothing else")
    void allowList() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer open = Subjects.create(provider, "");
            Serializer strict =
                    Subjects.create(provider, "io.clustrix.serializer.kryo.UserTypes$Point;java.util.*;java.lang.*;!*");
            Object allowed = new UserTypes.Point(1, 2, "n", new ArrayList<>(List.of("a")));
            assertThat(Subjects.read(strict, Subjects.write(open, allowed))).isEqualTo(allowed);
            assertThat(Subjects.read(strict, Subjects.write(open, new int[] {1})))
                    .isEqualTo(new int[] {1});
            Object refused = new UserTypes.Interned("x");
            assertThatThrownBy(() -> Subjects.read(strict, Subjects.write(open, refused)))
                    .as(provider.name())
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("UserTypes$Interned is refused by the serializer's filter");
            assertThatThrownBy(() -> Subjects.read(strict, Subjects.write(open, UserTypes.nonCapturing())))
                    .as(provider.name())
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("is refused by the serializer's filter");
            Object named = new java.util.concurrent.ConcurrentHashMap<>(Map.of(1, 1));
            assertThatThrownBy(() -> Subjects.read(strict, Subjects.write(open, named)))
                    .as(provider.name())
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("java.util.concurrent.ConcurrentHashMap is refused");
        }
        Serializer onlyUser = Subjects.create(new KryoSerializerProvider(), "com.acme.**;!*");
        assertThatCode(() -> Subjects.roundTrip(onlyUser, "text")).doesNotThrowAnyException();
        assertThatCode(() -> Subjects.roundTrip(onlyUser, 5L)).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("what Clustrix puts around values passes any list of what is allowed")
    void ownClasses() {
        Serializer jdk = Subjects.create(Subjects.providers().get(1), "java.**;!*");
        assertThat(Subjects.roundTrip(jdk, java.util.Optional.of("x"))).contains("x");
        Serializer kryo = Subjects.create(new KryoSerializerProvider(), "java.**;!*");
        Exception r = Subjects.roundTrip(kryo, new java.util.concurrent.ExecutionException("x", null));
        assertThat(r).hasMessage("x");
    }

    @Test
    @DisplayName("a class that is missing is named")
    void missing() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            assertThatThrownBy(() -> Subjects.read(
                            serializer,
                            forged(serializer, new PlainGidget(), "FilterTest$PlainGidget", "FilterTest$PlainGodget")))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining(
                            "the class io.clustrix.serializer.kryo.FilterTest$PlainGodget is missing here");
        }
    }

    @Test
    @DisplayName("a class whose fields differ from those that were written is an error, not a heap of wrong values")
    void otherFields() {
        Serializer serializer = Subjects.kryo();
        byte[] bytes = forged(serializer, new Before(), "FilterTest$Before", "FilterTest$Belore");
        assertThatThrownBy(() -> Subjects.read(serializer, bytes))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("FilterTest$Belore has other fields here");
    }

    static final class Before {
        int a = 1;
        int b = 2;
    }

    static final class Belore {
        int a = 1;
        int c = 2;
    }

    @Test
    @DisplayName("a pattern that is wrong is told when the serializer is made")
    void wrongPattern() {
        for (SerializerProvider provider : Subjects.providers()) {
            assertThatThrownBy(() -> Subjects.create(provider, "maxdepth=x"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("maxdepth=x");
        }
    }

    @Test
    @DisplayName("the limits of a pattern hold in the parts that go by JDK serialization")
    void limits() {
        Map<Object, Object> value =
                new HashMap<>(Map.of("e", new IllegalStateException("x", new IllegalStateException("y"))));
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "maxrefs=3");
            assertThatThrownBy(() -> Subjects.roundTrip(serializer, value))
                    .as(provider.name())
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("serializer's filter");
        }
    }
}

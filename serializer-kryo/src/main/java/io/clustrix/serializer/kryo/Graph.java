package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.objenesis.strategy.InstantiatorStrategy;
import com.esotericsoftware.kryo.kryo5.objenesis.strategy.StdInstantiatorStrategy;
import com.esotericsoftware.kryo.kryo5.util.IdentityObjectIntMap;
import io.clustrix.spi.SerializationException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the objects of one value after another. An object that occurs twice in a graph is one object on the other side
 * too, and graphs may have cycles.
 *
 * <p>Kryo's own walker, the class {@code Kryo}, is not used: its constructor takes 55 ms of CPU in a new JVM (Kryo
 * 5.6.2, Java 17), more than all the rest of a worker's start, to get ready serializers of which hardly any is right
 * for us.
 *
 * <p>After a call that threw an instance must be thrown away.
 */
final class Graph {

    private static final int NULL = 0;
    private static final int REFERENCE = 1;

    /** What is kept of the tables between two graphs, in objects. */
    private static final int KEPT = 2048;

    private final ClassFilter filter;
    private final ClassTags tags;
    private final Forms forms;

    /**
     * Never a constructor of the user's: it might open what the object closed, and JDK serialization calls none either.
     */
    private final InstantiatorStrategy instantiators = new StdInstantiatorStrategy();

    /** The objects that were written, completely or not, numbered. */
    private final IdentityObjectIntMap<Object> written = new IdentityObjectIntMap<>();

    /** The numbers of those that are being written and that the reader can make only when it has read all of them. */
    private int[] late = new int[8];

    private int lateCount;

    /** The objects that were read, by number; null for those that are not made so far. */
    private final List<@Nullable Object> read = new ArrayList<>();

    /** The parts that go by JDK serialization, once the graph at hand has one. */
    private @Nullable JdkStreams jdkStreams;

    /** With a class loader for reading. */
    Graph(ClassFilter filter, ClassLoader classes) {
        this.filter = filter;
        tags = new ClassTags(filter, classes);
        forms = new Forms();
        tags.use(forms);
    }

    ClassFilter filter() {
        return filter;
    }

    ClassTags tags() {
        return tags;
    }

    InstantiatorStrategy instantiators() {
        return instantiators;
    }

    /** Writes a whole value. */
    void writeRoot(BufferedSink out, @Nullable Object value) {
        write(out, value);
        written.clear(KEPT);
        tags.reset();
        jdkStreams = null;
    }

    /** Reads a whole value. */
    @Nullable
    Object readRoot(BufferedSource in) {
        Object value = read(in);
        if (read.size() > KEPT) {
            read.clear();
            ((ArrayList<?>) read).trimToSize();
        } else {
            read.clear();
        }
        tags.reset();
        jdkStreams = null;
        return value;
    }

    /** Writes an object, or a reference to it. Whatever is held by another object is written with this. */
    void write(BufferedSink out, @Nullable Object object) {
        if (object == null) {
            out.writeByte(NULL);
            return;
        }
        if (jdkStreams != null && jdkStreams.hasWritten(object)) {
            tags.write(out, forms.jdk());
            jdkStreams.write(out, object);
            return;
        }
        Form form = forms.of(object.getClass());
        if (form.isReferenced()) {
            int number = numberOf(object);
            if (number >= 0) {
                out.writeByte(REFERENCE);
                out.writeVarInt(number, true);
                return;
            }
            written.put(object, written.size);
        }
        tags.write(out, form);
        form.encoding().write(this, out, object);
    }

    /**
     * The number of an object that was written, or -1.
     *
     * @throws SerializationException if it contains itself and the reader could not make it
     */
    int numberOf(Object object) {
        int number = written.get(object, -1);
        if (number >= 0) {
            for (int i = 0; i < lateCount; i++) {
                if (late[i] == number) {
                    throw new SerializationException(
                            "a " + object.getClass().getName()
                                    + " contains itself, but can be made only when all that it" + " contains is there",
                            "use a mutable class in the cycle, such as ArrayList in place of List.of, or an ordinary class in"
                                    + " place of a record");
                }
            }
        }
        return number;
    }

    /** The object whose content is about to be written is made by the reader only at its end. */
    void beginLate() {
        if (lateCount == late.length) {
            late = Arrays.copyOf(late, 2 * lateCount);
        }
        late[lateCount++] = written.size - 1;
    }

    void endLate() {
        lateCount--;
    }

    /** Reads what {@link #write} wrote. */
    @Nullable
    Object read(BufferedSource in) {
        int code = in.readVarInt(true);
        if (code == NULL) {
            return null;
        }
        if (code == REFERENCE) {
            return referenced(in.readVarInt(true));
        }
        Form form = tags.read(in, code);
        int id = -1;
        if (form.isReferenced()) {
            id = read.size();
            read.add(null);
        }
        Object object = form.encoding().read(this, in, form.type(), id);
        if (id >= 0) {
            read.set(id, object);
        }
        return object;
    }

    /** As {@link #read(BufferedSource)}, where null can't be. */
    Object readPresent(BufferedSource in) {
        return Objects.requireNonNull(read(in), "an object is missing");
    }

    /** Tells of an object before its content is read, for cycles. */
    void made(int id, Object object) {
        read.set(id, object);
    }

    private Object referenced(int number) {
        Object object = number < 0 || number >= read.size() ? null : read.get(number);
        if (object == null) {
            throw new SerializationException("the bytes can't be read: an object refers to number "
                    + (number & 0xffff_ffffL) + ", which is not made so far");
        }
        return object;
    }

    JdkStreams jdkStreams() {
        if (jdkStreams == null) {
            jdkStreams = new JdkStreams(this);
        }
        return jdkStreams;
    }

    Forms forms() {
        return forms;
    }
}

package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.objenesis.instantiator.ObjectInstantiator;
import org.jspecify.annotations.Nullable;

/**
 * Objects of one of the user's classes, field by field; the class need not be {@link java.io.Serializable}. No
 * constructor is called and transient fields are empty on arrival, as with JDK serialization.
 */
final class ObjectFields extends Encoding<Object> implements Shaped {
    private final FieldSlot[] slots;
    private final int shape;
    private @Nullable ObjectInstantiator<?> instantiator;

    /**
     * For a class.
     *
     * @throws java.lang.reflect.InaccessibleObjectException if it is not open to reflection
     */
    ObjectFields(Class<?> type) {
        slots = FieldSlot.ofObject(type);
        shape = FieldSlot.shapeOf(slots);
    }

    @Override
    public int shape() {
        return shape;
    }

    @Override
    void write(Graph graph, BufferedSink out, Object object) {
        for (FieldSlot slot : slots) {
            slot.write(graph, out, object);
        }
    }

    @Override
    Object read(Graph graph, BufferedSource in, Class<?> type, int id) {
        if (instantiator == null) {
            instantiator = graph.instantiators().newInstantiatorOf(type);
        }
        Object object = instantiator.newInstance();
        graph.made(id, object);
        for (FieldSlot slot : slots) {
            slot.read(graph, in, object);
        }
        return object;
    }
}

package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records, {@link java.io.Serializable} or not, rebuilt by their canonical constructor, so that its checks hold. */
final class RecordParts extends Late<Object> implements Shaped {
    private final FieldSlot[] slots;
    private final Constructor<?> constructor;
    private final int shape;

    /**
     * For a record class.
     *
     * @throws java.lang.reflect.InaccessibleObjectException if it is not open to reflection
     */
    RecordParts(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        slots = new FieldSlot[components.length];
        Class<?>[] types = new Class<?>[components.length];
        try {
            for (int i = 0; i < slots.length; i++) {
                // the field and not the accessor, which may tell something else: what JDK serialization does too
                slots[i] = new FieldSlot(type.getDeclaredField(components[i].getName()));
                types[i] = components[i].getType();
            }
            constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
        } catch (NoSuchFieldException | NoSuchMethodException e) {
            throw new SerializationException(
                    "the record " + type.getName() + " is not as javac makes records", List.of(), e);
        }
        shape = FieldSlot.shapeOf(slots);
    }

    @Override
    public int shape() {
        return shape;
    }

    @Override
    void writeParts(Graph graph, BufferedSink out, Object object) {
        for (FieldSlot slot : slots) {
            slot.write(graph, out, object);
        }
    }

    @Override
    Object readParts(Graph graph, BufferedSource in, Class<?> type) {
        @Nullable Object[] values = new @Nullable Object[slots.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = slots[i].readAlone(graph, in);
        }
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new SerializationException(
                    "the constructor of the record " + type.getName() + " threw " + e.getCause(),
                    List.of(),
                    e.getCause());
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new SerializationException("the record " + type.getName() + " can't be made: " + e, List.of(), e);
        }
    }
}

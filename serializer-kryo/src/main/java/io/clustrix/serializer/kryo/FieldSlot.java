package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One field of the user's class, and how its values are written. */
final class FieldSlot {

    private final Field field;
    private final char kind;

    /**
     * Of a field that must be accessible.
     *
     * @throws java.lang.reflect.InaccessibleObjectException if its package is not open to reflection
     */
    FieldSlot(Field field) {
        field.setAccessible(true);
        this.field = field;
        Class<?> type = field.getType();
        kind = type.isPrimitive() ? type.descriptorString().charAt(0) : 'L';
    }

    /**
     * The fields of a class and of its superclasses that the user wrote, the uppermost first, in each class by name;
     * those that are static or transient are left out, those that the compiler made (the outer object, captured
     * variables) are not.
     */
    static FieldSlot[] ofObject(Class<?> type) {
        List<Class<?>> classes = new ArrayList<>();
        for (Class<?> c = type; c != null && !Platform.owns(c); c = c.getSuperclass()) {
            classes.add(0, c);
        }
        List<FieldSlot> slots = new ArrayList<>();
        for (Class<?> c : classes) {
            Field[] fields = c.getDeclaredFields();
            Arrays.sort(fields, BY_NAME); // their order is not promised
            for (Field field : fields) {
                if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
                    slots.add(new FieldSlot(field));
                }
            }
        }
        return slots.toArray(new FieldSlot[0]);
    }

    private static final Comparator<Field> BY_NAME = new Comparator<>() {
        @Override
        public int compare(Field a, Field b) {
            return a.getName().compareTo(b.getName());
        }
    };

    /** See {@link Shaped}. */
    static int shapeOf(FieldSlot[] slots) {
        int hash = slots.length;
        for (FieldSlot slot : slots) {
            hash = 31 * hash + slot.field.getName().hashCode();
            hash = 31 * hash + slot.field.getType().getName().hashCode();
        }
        return hash;
    }

    void write(Graph graph, BufferedSink out, Object owner) {
        try {
            switch (kind) {
                case 'I' -> out.writeVarInt(field.getInt(owner), false);
                case 'J' -> out.writeVarLong(field.getLong(owner), false);
                case 'D' -> out.writeDouble(field.getDouble(owner));
                case 'F' -> out.writeFloat(field.getFloat(owner));
                case 'Z' -> out.writeBoolean(field.getBoolean(owner));
                case 'B' -> out.writeByte(field.getByte(owner));
                case 'S' -> out.writeShort(field.getShort(owner));
                case 'C' -> out.writeChar(field.getChar(owner));
                default -> graph.write(out, field.get(owner));
            }
        } catch (IllegalAccessException e) {
            throw inaccessible(e);
        }
    }

    void read(Graph graph, BufferedSource in, Object owner) {
        try {
            switch (kind) {
                case 'I' -> field.setInt(owner, in.readVarInt(false));
                case 'J' -> field.setLong(owner, in.readVarLong(false));
                case 'D' -> field.setDouble(owner, in.readDouble());
                case 'F' -> field.setFloat(owner, in.readFloat());
                case 'Z' -> field.setBoolean(owner, in.readBoolean());
                case 'B' -> field.setByte(owner, in.readByte());
                case 'S' -> field.setShort(owner, in.readShort());
                case 'C' -> field.setChar(owner, in.readChar());
                default -> field.set(owner, graph.read(in));
            }
        } catch (IllegalAccessException e) {
            throw inaccessible(e);
        } catch (IllegalArgumentException e) {
            throw new SerializationException(
                    "the bytes can't be read: the value of " + field + " has another type: " + e.getMessage(),
                    List.of(),
                    e);
        }
    }

    /** Reads a value without an object to put it into. */
    @Nullable
    Object readAlone(Graph graph, BufferedSource in) {
        return switch (kind) {
            case 'I' -> in.readVarInt(false);
            case 'J' -> in.readVarLong(false);
            case 'D' -> in.readDouble();
            case 'F' -> in.readFloat();
            case 'Z' -> in.readBoolean();
            case 'B' -> in.readByte();
            case 'S' -> in.readShort();
            case 'C' -> in.readChar();
            default -> graph.read(in);
        };
    }

    private SerializationException inaccessible(IllegalAccessException e) {
        return new SerializationException(field + " can't be reached by reflection", List.of(), e);
    }
}

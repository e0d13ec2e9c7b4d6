package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.SerializerOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What stands for a class in the stream: a number for those that {@link Forms} knows, else its name where it first
 * occurs. Names are checked by the filter before anything of the class is initialized.
 */
final class ClassTags {

    private static final int NAME = 2;
    private static final int FIRST_NUMBER = 2; // numbers start at 1

    private final ClassFilter filter;
    private final ClassLoader classes;
    private @Nullable Forms forms;

    /** The classes that were found, by name, for all graphs. */
    private final Map<String, Class<?>> found = new HashMap<>();

    /** The forms that the graph at hand has named so far, in the order in which it did. */
    private final IdentityHashMap<Form, Integer> named = new IdentityHashMap<>();

    private final List<Form> readNamed = new ArrayList<>();

    ClassTags(ClassFilter filter, ClassLoader classes) {
        this.filter = filter;
        this.classes = classes;
    }

    void use(Forms chosen) {
        forms = chosen;
    }

    ClassLoader classes() {
        return classes;
    }

    /** The graph has ended. */
    void reset() {
        if (!named.isEmpty()) {
            named.clear();
        }
        readNamed.clear();
    }

    void write(BufferedSink out, Form form) {
        if (form.number() != Form.NAMED) {
            out.writeVarInt(FIRST_NUMBER + form.number(), true);
            return;
        }
        out.writeByte(NAME);
        Integer before = named.get(form);
        if (before != null) {
            out.writeVarInt(before, true);
            return;
        }
        out.writeVarInt(named.size(), true);
        named.put(form, named.size());
        out.writeString(form.type().getName());
        if (form.encoding() instanceof Shaped shaped) {
            out.writeInt(shaped.shape());
        }
    }

    /** Reads a tag that starts with this code. */
    Form read(BufferedSource in, int code) {
        if (code == NAME) {
            int number = in.readVarInt(true);
            return number >= 0 && number < readNamed.size() ? readNamed.get(number) : readName(in, number);
        }
        Form form = Objects.requireNonNull(forms).numbered(code - FIRST_NUMBER);
        if (filter.isStrict() && Forms.isOfOneClass(form)) {
            form.check(filter);
        }
        return form;
    }

    private Form readName(BufferedSource in, int number) {
        if (number != readNamed.size()) {
            throw new SerializationException(
                    "the bytes can't be read: class " + (number & 0xffff_ffffL) + " follows on " + readNamed.size());
        }
        Class<?> type = find(in.readString());
        Form form = Objects.requireNonNull(forms).of(type);
        if (form.number() != Form.NAMED || form.type() != type) {
            throw new SerializationException(
                    "the bytes can't be read: objects of " + type.getName() + " are not written by this name");
        }
        if (form.encoding() instanceof Shaped shaped && in.readInt() != shaped.shape()) {
            throw new SerializationException(
                    "the class " + type.getName() + " has other fields here than where the value was written",
                    "give the driver and the worker the same jars");
        }
        readNamed.add(form);
        return form;
    }

    /**
     * Finds a class by its binary name without initializing it, and asks the filter.
     *
     * @throws SerializationException if it is missing or refused
     */
    Class<?> find(@Nullable String name) {
        if (name == null) {
            throw new SerializationException("the bytes can't be read: the name of a class is missing");
        }
        Class<?> type = found.get(name);
        if (type == null) {
            type = load(name);
            filter.check(type);
            found.put(name, type);
        }
        return type;
    }

    private Class<?> load(String name) {
        if (SerializerOptions.denies(name)) {
            throw ClassFilter.refused(name, ClassFilter.DENY_LIST);
        }
        try {
            return Class.forName(name, false, classes);
        } catch (ClassNotFoundException e) {
            if (name.startsWith("io.clustrix.")) { // the user's classes need not see ours
                try {
                    return Class.forName(name, false, ClassTags.class.getClassLoader());
                } catch (ClassNotFoundException alsoMissing) {
                    e.addSuppressed(alsoMissing);
                }
            }
            throw new SerializationException(
                    "the class " + name + " is missing here",
                    List.of("put the jar that has it on the class path of whoever reads the value"),
                    e);
        }
    }
}

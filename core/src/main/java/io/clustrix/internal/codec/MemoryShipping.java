package io.clustrix.internal.codec;

import io.clustrix.internal.codec.ClassCode.Member;
import io.clustrix.internal.codec.MemoryClasses.Place;
import io.clustrix.spi.SerializationException;
import io.clustrix.worker.ByteSink;
import io.clustrix.worker.MethodCall;
import io.clustrix.worker.ShippedValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts the classes and variables of a shell or a notebook to the values that need them. */
final class MemoryShipping {
    /** The class loaders of JShell, and of notebooks that are made with it, are in packages of this name. */
    private static final String JSHELL = "jdk.jshell.";

    private final MemoryClasses memory = new MemoryClasses();
    private final SerializerPool pool;
    private final Diagnoses diagnoses;

    MemoryShipping(SerializerPool pool, Diagnoses diagnoses) {
        this.pool = pool;
        this.diagnoses = diagnoses;
    }

    /**
     * A value with what it needs.
     *
     * @param level the highest level of the class files
     */
    record Shipment(ShippedValue value, int level) {}

    /** The classes of values that come back. */
    ClassLoader reading(ClassLoader classes) {
        return new Reading(classes, memory);
    }

    /**
     * What is to be sent in place of a value; {@code null}: the value itself, as its classes are on the class path.
     *
     * @param sealed the value's bytes
     * @throws SerializationException if a class file can't be had, or a variable can't be sent
     */
    @Nullable
    Shipment of(Object value, byte[] sealed, int offset, int length) {
        MemoryReach reach = MemoryReach.of(memory, value);
        if (reach.files().isEmpty()) {
            return null;
        }
        byte[] payload = Arrays.copyOfRange(sealed, offset, offset + length);
        int level = 0;
        for (byte[] file : reach.files().values()) {
            level = Math.max(level, (file[6] & 0xff) << 8 | (file[7] & 0xff));
        }
        return new Shipment(new ShippedValue(reach.files(), variables(reach.variables()), payload), level);
    }

    /**
     * Whether a value may have to do with a shell; quick, as it is asked for each value of each program.
     *
     * @throws SerializationException if it is a lambda of a class whose file nobody has
     */
    boolean concerns(Object value) {
        Object inner = CaptureGraph.unwrapped(value);
        boolean made = inner != null && (check(inner.getClass()) || isMade(inner));
        return made || memory.any() || inShell();
    }

    private boolean isMade(Object inner) {
        if (inner instanceof Object[] items) {
            Class<?> before = null;
            for (Object item : items) {
                if (item != null && !item.getClass().equals(before)) {
                    before = item.getClass();
                    if (memory.place(before) == Place.MEMORY) {
                        return true;
                    }
                }
            }
        } else if (inner instanceof MethodCall call) {
            Object target = call.target();
            return target != null && memory.place(target.getClass()) == Place.MEMORY;
        }
        return false;
    }

    private boolean check(Class<?> type) {
        Place place = memory.place(type);
        if (place == Place.NOWHERE && CaptureGraph.isLambda(type)) {
            Class<?> host = type.getNestHost();
            throw new SerializationException(
                    "the lambda was written in " + host.getName()
                            + ", which was defined at run time, and its class loader "
                            + host.getClassLoader().getClass().getName() + " does not give its class file",
                    "put the code into a jar or a directory that is on the class path",
                    "or use a shell whose class loader gives class files as resources, as JShell's does");
        }
        return place == Place.MEMORY;
    }

    private static boolean inShell() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null && context.getClass().getName().startsWith(JSHELL);
    }

    private byte[] variables(Map<Member, @Nullable Object> variables) {
        if (variables.isEmpty()) {
            return new byte[0];
        }
        List<@Nullable Object> parts = new ArrayList<>();
        variables.forEach((field, value) -> {
            parts.add(field.owner().replace('/', '.'));
            parts.add(field.name());
            parts.add(value);
        });
        SerializerPool.Entry entry = pool.take();
        try {
            entry.serializer().write(parts.toArray(), entry.sink());
            byte[] bytes = entry.sink().toByteArray();
            pool.give(entry);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("a sink can't fail to be written to", e);
        } catch (SerializationException e) {
            throw culprit(variables, e);
        }
    }

    /** Which of the variables can't be sent. */
    private SerializationException culprit(Map<Member, @Nullable Object> variables, SerializationException failure) {
        for (Map.Entry<Member, @Nullable Object> variable : variables.entrySet()) {
            SerializerPool.Entry entry = pool.take();
            try {
                entry.serializer().write(variable.getValue(), new ByteSink());
                pool.give(entry);
            } catch (IOException e) {
                throw new UncheckedIOException("a sink can't fail to be written to", e);
            } catch (SerializationException e) {
                SerializationException why = diagnoses.of(variable.getValue(), e);
                String name = variable.getKey().name();
                List<String> hints = new ArrayList<>();
                hints.add("let the task have only what it needs of '" + name
                        + "': a local variable within a method, or an argument");
                hints.addAll(why.hints());
                return new SerializationException(
                        "the task reads the variable '" + name + "' of the shell, and its value can't be sent: "
                                + firstLine(why),
                        hints,
                        e);
            }
        }
        return failure;
    }

    private static String firstLine(SerializationException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** What comes back may be of a shell's class, which the class path's loader has not. */
    private static final class Reading extends ClassLoader {
        private final MemoryClasses memory;

        Reading(ClassLoader parent, MemoryClasses memory) {
            super("clustrix-results", parent);
            this.memory = memory;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            for (ClassLoader loader : memory.loaders()) {
                try {
                    return Class.forName(name, false, loader);
                } catch (ClassNotFoundException e) {
                    // another shell's, perhaps
                }
            }
            throw new ClassNotFoundException(name);
        }
    }
}

package io.clustrix.internal.config;

import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Secret;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which keys a settings record has, told from its components. */
final class Shape {

    /**
     * A key that holds a value and no block of further keys.
     *
     * @param path from the record, for instance {@code ssh.port}
     * @param structured whether the value is a list or a map
     */
    record Leaf(String path, boolean structured) {}

    private Shape() {}

    /** The record's own keys, in the order of its components. */
    static Set<String> keys(Class<?> type) {
        Set<String> keys = new LinkedHashSet<>();
        for (RecordComponent c : type.getRecordComponents()) {
            keys.add(Spelling.kebab(c.getName()));
        }
        return keys;
    }

    /** All keys, those of nested records too. */
    static List<Leaf> leaves(Class<?> type) {
        List<Leaf> leaves = new ArrayList<>();
        collect(type, "", Set.of(), leaves);
        return leaves;
    }

    private static void collect(Class<?> type, String prefix, Set<Class<?>> above, List<Leaf> leaves) {
        Set<Class<?>> inside = new LinkedHashSet<>(above);
        inside.add(type);
        for (RecordComponent c : type.getRecordComponents()) {
            String path = prefix + Spelling.kebab(c.getName());
            Type bare = argument(c.getGenericType(), Optional.class).orElse(c.getGenericType());
            // A record that holds itself has no end of keys; from the second time on it counts as a value.
            if (bare instanceof Class<?> nested && nested.isRecord() && isBlock(nested) && !inside.contains(nested)) {
                collect(nested, path + ".", inside, leaves);
            } else {
                leaves.add(new Leaf(path, bare instanceof ParameterizedType));
            }
        }
    }

    /** The names of all keys that hold a {@link Secret}, also of those within lists and maps. */
    static Set<String> secretKeys(Class<?> type) {
        Set<String> keys = new LinkedHashSet<>();
        collectSecrets(type, new LinkedHashSet<>(), keys);
        return keys;
    }

    private static void collectSecrets(Class<?> type, Set<Class<?>> seen, Set<String> keys) {
        if (!seen.add(type)) {
            return;
        }
        for (RecordComponent c : type.getRecordComponents()) {
            Type inner = c.getGenericType();
            while (inner instanceof ParameterizedType p) {
                inner = p.getActualTypeArguments()[p.getActualTypeArguments().length - 1];
            }
            if (inner == Secret.class) {
                keys.add(Spelling.kebab(c.getName()));
            } else if (inner instanceof Class<?> nested && nested.isRecord()) {
                collectSecrets(nested, seen, keys);
            }
        }
    }

    /** Whether a record is written as a block; those of the SPI that are values are written as text. */
    static boolean isBlock(Class<?> type) {
        return type != Memory.class && type != RemotePath.class;
    }

    /** {@code T} of {@code Optional<T>} or {@code List<T>}, if the type is that. */
    static Optional<Type> argument(Type type, Class<?> raw) {
        return type instanceof ParameterizedType p && p.getRawType() == raw
                ? Optional.of(p.getActualTypeArguments()[0])
                : Optional.empty();
    }

    /** {@code T} of {@code Map<String, T>}, if the type is that. */
    static Optional<Type> mapped(Type type) {
        return type instanceof ParameterizedType p
                        && p.getRawType() == Map.class
                        && p.getActualTypeArguments()[0] == String.class
                ? Optional.of(p.getActualTypeArguments()[1])
                : Optional.empty();
    }
}

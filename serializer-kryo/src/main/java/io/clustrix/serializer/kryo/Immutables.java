package io.clustrix.serializer.kryo;

import java.util.AbstractMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can't be changed once it is made: {@code List.of}, {@code Set.of}, {@code Map.of}, {@code Map.entry}, Optional.
 */
final class Immutables {

    private Immutables() {}

    /** {@code List.of}, its sub-lists, and what {@code Stream.toList} returns, which differs in that it takes null. */
    static final class Lists extends Late<List<?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, List<?> list) {
            out.writeBoolean(takesNull(list));
            Object[] elements = list.toArray();
            out.writeVarInt(elements.length, true);
            for (Object element : elements) {
                graph.write(out, element);
            }
        }

        private static boolean takesNull(List<?> list) {
            try {
                boolean ignored = list.contains(null);
                return true;
            } catch (NullPointerException e) {
                return false;
            }
        }

        @Override
        List<?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            boolean takesNull = in.readBoolean();
            @Nullable Object[] elements = readAll(graph, in);
            return takesNull ? Arrays.stream(elements).toList() : List.of(elements);
        }
    }

    /** {@code Set.of}. */
    static final class Sets extends Late<Set<?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, Set<?> set) {
            out.writeVarInt(set.size(), true);
            for (Object element : set) {
                graph.write(out, element);
            }
        }

        @Override
        Set<?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            return Set.of(readAll(graph, in));
        }
    }

    /** {@code Map.of}. */
    static final class Maps extends Late<Map<?, ?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, Map<?, ?> map) {
            out.writeVarInt(map.size(), true);
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                graph.write(out, entry.getKey());
                graph.write(out, entry.getValue());
            }
        }

        @Override
        Map<?, ?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            int size = in.readLength(2);
            Map.Entry<?, ?>[] entries = new Map.Entry<?, ?>[size];
            for (int i = 0; i < size; i++) {
                Object key = graph.read(in);
                entries[i] = new AbstractMap.SimpleImmutableEntry<>(key, graph.read(in));
            }
            return Map.ofEntries(entries);
        }
    }

    /** {@code Map.entry}. */
    static final class Entry extends Late<Map.Entry<?, ?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, Map.Entry<?, ?> entry) {
            graph.write(out, entry.getKey());
            graph.write(out, entry.getValue());
        }

        @Override
        Map.Entry<?, ?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            Object key = graph.read(in);
            return Map.entry(key, graph.read(in));
        }
    }

    /** {@link Optional}. */
    static final class OfOptional extends Late<Optional<?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, Optional<?> optional) {
            graph.write(out, optional.orElse(null));
        }

        @Override
        Optional<?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            return Optional.ofNullable(graph.read(in));
        }
    }

    private static @Nullable Object[] readAll(Graph graph, BufferedSource in) {
        @Nullable Object[] elements = new @Nullable Object[in.readLength(1)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = graph.read(in);
        }
        return elements;
    }
}

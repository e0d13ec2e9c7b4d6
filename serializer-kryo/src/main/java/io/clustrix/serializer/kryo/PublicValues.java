package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Values of the JDK that are taken apart and rebuilt through their public methods. */
final class PublicValues {

    private PublicValues() {}

    /** {@code new Object()}, as in {@code private final Object lock = new Object()}. */
    static final class Lock extends Encoding<Object> {
        @Override
        void write(Graph graph, BufferedSink out, Object lock) {}

        @Override
        Object read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return new Object();
        }
    }

    static final class OfOptionalInt extends Encoding<OptionalInt> {
        @Override
        void write(Graph graph, BufferedSink out, OptionalInt optional) {
            out.writeBoolean(optional.isPresent());
            if (optional.isPresent()) {
                out.writeInt(optional.getAsInt());
            }
        }

        @Override
        OptionalInt read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return in.readBoolean() ? OptionalInt.of(in.readInt()) : OptionalInt.empty();
        }
    }

    static final class OfOptionalLong extends Encoding<OptionalLong> {
        @Override
        void write(Graph graph, BufferedSink out, OptionalLong optional) {
            out.writeBoolean(optional.isPresent());
            if (optional.isPresent()) {
                out.writeLong(optional.getAsLong());
            }
        }

        @Override
        OptionalLong read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return in.readBoolean() ? OptionalLong.of(in.readLong()) : OptionalLong.empty();
        }
    }

    static final class OfOptionalDouble extends Encoding<OptionalDouble> {
        @Override
        void write(Graph graph, BufferedSink out, OptionalDouble optional) {
            out.writeBoolean(optional.isPresent());
            if (optional.isPresent()) {
                out.writeDouble(optional.getAsDouble());
            }
        }

        @Override
        OptionalDouble read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return in.readBoolean() ? OptionalDouble.of(in.readDouble()) : OptionalDouble.empty();
        }
    }

    static final class Paths extends Encoding<Path> {
        @Override
        void write(Graph graph, BufferedSink out, Path path) {
            if (!path.getFileSystem().equals(FileSystems.getDefault())) {
                throw new SerializationException(
                        "a " + path.getClass().getName()
                                + " is not of the default file system and means nothing elsewhere",
                        "hand over its URI or its content");
            }
            out.writeString(path.toString());
        }

        @Override
        Path read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return Path.of(in.readString());
        }
    }

    static final class Charsets extends Encoding<Charset> {
        @Override
        void write(Graph graph, BufferedSink out, Charset charset) {
            out.writeString(charset.name());
        }

        @Override
        Charset read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return Charset.forName(in.readString());
        }
    }

    /** What remains in a buffer, with its order and kind. */
    static final class Buffers extends Encoding<ByteBuffer> {
        private static final int LITTLE_ENDIAN = 1;
        private static final int DIRECT = 2;
        private static final int READ_ONLY = 4;

        @Override
        void write(Graph graph, BufferedSink out, ByteBuffer buffer) {
            out.writeByte((buffer.order() == ByteOrder.LITTLE_ENDIAN ? LITTLE_ENDIAN : 0)
                    | (buffer.isDirect() ? DIRECT : 0)
                    | (buffer.isReadOnly() ? READ_ONLY : 0));
            byte[] content = new byte[buffer.remaining()];
            buffer.duplicate().get(content);
            out.writeVarInt(content.length, true);
            out.writeElements(content, Primitives.BYTE, content.length);
        }

        @Override
        ByteBuffer read(Graph graph, BufferedSource in, Class<?> type, int id) {
            int kind = in.readByte();
            byte[] content = new byte[in.readLength(1)];
            in.readElements(content, Primitives.BYTE, content.length);
            ByteBuffer buffer = (kind & DIRECT) != 0
                    ? ByteBuffer.allocateDirect(content.length).put(content).flip()
                    : ByteBuffer.wrap(content);
            if ((kind & READ_ONLY) != 0) {
                buffer = buffer.asReadOnlyBuffer();
            }
            return buffer.order((kind & LITTLE_ENDIAN) != 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        }
    }

    static final class IntStatistics extends Encoding<IntSummaryStatistics> {
        @Override
        void write(Graph graph, BufferedSink out, IntSummaryStatistics s) {
            out.writeLong(s.getCount());
            out.writeInt(s.getMin());
            out.writeInt(s.getMax());
            out.writeLong(s.getSum());
        }

        @Override
        IntSummaryStatistics read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return new IntSummaryStatistics(in.readLong(), in.readInt(), in.readInt(), in.readLong());
        }
    }

    static final class LongStatistics extends Encoding<LongSummaryStatistics> {
        @Override
        void write(Graph graph, BufferedSink out, LongSummaryStatistics s) {
            out.writeLong(s.getCount());
            out.writeLong(s.getMin());
            out.writeLong(s.getMax());
            out.writeLong(s.getSum());
        }

        @Override
        LongSummaryStatistics read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return new LongSummaryStatistics(in.readLong(), in.readLong(), in.readLong(), in.readLong());
        }
    }

    static final class DoubleStatistics extends Encoding<DoubleSummaryStatistics> {
        @Override
        void write(Graph graph, BufferedSink out, DoubleSummaryStatistics s) {
            out.writeLong(s.getCount());
            out.writeDouble(s.getMin());
            out.writeDouble(s.getMax());
            out.writeDouble(s.getSum());
        }

        @Override
        DoubleSummaryStatistics read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return new DoubleSummaryStatistics(in.readLong(), in.readDouble(), in.readDouble(), in.readDouble());
        }
    }

    /** An entry of a map, which arrives as one that belongs to no map. */
    static final class EntryView extends Late<Map.Entry<?, ?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, Map.Entry<?, ?> entry) {
            graph.write(out, entry.getKey());
            graph.write(out, entry.getValue());
        }

        @Override
        Map.Entry<?, ?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            Object key = graph.read(in);
            return new AbstractMap.SimpleEntry<>(key, graph.read(in));
        }
    }

    /** The key set of a sorted map, which arrives as a set of its own. */
    static final class SortedView extends Late<SortedSet<?>> {
        @Override
        void writeParts(Graph graph, BufferedSink out, SortedSet<?> set) {
            graph.write(out, set.comparator());
            graph.write(out, set.toArray());
        }

        @Override
        @SuppressWarnings("unchecked")
        SortedSet<?> readParts(Graph graph, BufferedSource in, Class<?> type) {
            TreeSet<Object> set = new TreeSet<>((Comparator<Object>) graph.read(in));
            set.addAll(Arrays.asList((Object[]) graph.read(in)));
            return set;
        }
    }

    /** {@code Arrays.asList}. */
    static final class ArraysAsLists extends Encoding<List<?>> {
        @Override
        void write(Graph graph, BufferedSink out, List<?> list) {
            out.writeVarInt(list.size(), true);
            for (Object element : list) {
                graph.write(out, element);
            }
        }

        @Override
        List<?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
            List<Object> list = Arrays.asList(new Object[in.readLength(1)]);
            graph.made(id, list);
            for (int i = 0; i < list.size(); i++) {
                list.set(i, graph.read(in));
            }
            return list;
        }
    }

    /** Written as it is at one moment, also while it changes. */
    static final class CopyOnWriteLists extends Encoding<CopyOnWriteArrayList<?>> {
        @Override
        void write(Graph graph, BufferedSink out, CopyOnWriteArrayList<?> list) {
            Object[] elements = list.toArray();
            out.writeVarInt(elements.length, true);
            for (Object element : elements) {
                graph.write(out, element);
            }
        }

        @Override
        CopyOnWriteArrayList<?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
            CopyOnWriteArrayList<Object> list = new CopyOnWriteArrayList<>();
            graph.made(id, list);
            @Nullable Object[] elements = new @Nullable Object[in.readLength(1)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = graph.read(in);
            }
            Collection<Object> all = Arrays.asList(elements);
            list.addAll(all);
            return list;
        }
    }

    /** Written from a copy: it may change meanwhile. */
    static final class ConcurrentMaps extends Entries {
        @Override
        void write(Graph graph, BufferedSink out, Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                copy.put(entry.getKey(), entry.getValue());
            }
            super.write(graph, out, copy);
        }

        @Override
        Map<Object, Object> create(BufferedSource in) {
            return new ConcurrentHashMap<>();
        }
    }
}

package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerProvider;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Random graphs of objects")
class RandomGraphTest {

    @SuppressWarnings("serial")
    static class Vertex implements Serializable {
        int number;
        Object a;
        Object b;
        List<Object> edges = new ArrayList<>();
    }

    /** The same, but kryo leaves it to the JDK. */
    @SuppressWarnings("serial")
    static final class HookedVertex extends Vertex {
        private Object readResolve() {
            return this;
        }
    }

    /** The same, but the JDK refuses it. */
    static final class PlainVertex {
        int number;
        Object a;
        Object b;
        final List<Object> edges = new ArrayList<>();
    }

    @Test
    @DisplayName("are read as they were written, every reference where it was, by both serializers, for 400 seeds")
    void sameShape() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            for (int seed = 0; seed < 400; seed++) {
                Object graph = new Maker(seed, provider.name().equals("kryo")).graph();
                Object read;
                try {
                    read = Subjects.roundTrip(serializer, graph);
                } catch (RuntimeException e) {
                    throw new AssertionError(provider.name() + ", seed " + seed, e);
                }
                assertThat(outline(read))
                        .as("%s, seed %d", provider.name(), seed)
                        .isEqualTo(outline(graph));
            }
        }
    }

    /** Makes a graph: first objects, then references between them at random. */
    private static final class Maker {
        private final Random random;
        private final boolean plain;
        private final List<Object> made = new ArrayList<>();

        Maker(int seed, boolean plain) {
            this.random = new Random(seed);
            this.plain = plain;
        }

        Object graph() {
            int count = 1 + random.nextInt(60);
            for (int i = 0; i < count; i++) {
                made.add(one(i));
            }
            for (Object o : made) {
                link(o);
            }
            return made.get(0);
        }

        private Object one(int number) {
            return switch (random.nextInt(plain ? 10 : 8)) {
                case 0 -> new ArrayList<>();
                case 1 -> new LinkedHashMap<>();
                case 2 -> new Object[random.nextInt(5)];
                case 3 -> new TreeMap<String, Object>();
                case 4 -> new ArrayDeque<>();
                case 5, 6 -> {
                    Vertex vertex = random.nextBoolean() ? new Vertex() : new HookedVertex();
                    vertex.number = number;
                    yield vertex;
                }
                case 7 -> new IllegalStateException("e" + number);
                default -> {
                    PlainVertex vertex = new PlainVertex();
                    vertex.number = number;
                    yield vertex;
                }
            };
        }

        /**
         * Something that was made, or a value, or an immutable with values only (a circle through one can't be read).
         */
        private Object any() {
            return switch (random.nextInt(12)) {
                case 0 -> random.nextInt();
                case 1 -> "s" + random.nextInt(5);
                case 2 -> List.of(1, random.nextInt(), "x");
                case 3 -> new int[random.nextInt(100)];
                case 4 -> Optional.of("o");
                case 5 -> null;
                default -> made.get(random.nextInt(made.size()));
            };
        }

        private Object present() {
            Object o = any();
            return o == null ? 0 : o;
        }

        @SuppressWarnings("unchecked")
        private void link(Object o) {
            int count = random.nextInt(random.nextInt(10) == 0 ? 100 : 5);
            if (o instanceof Vertex v) {
                v.a = any();
                v.b = any();
                fill(v.edges, count);
            } else if (o instanceof PlainVertex v) {
                v.a = any();
                v.b = any();
                fill(v.edges, count);
            } else if (o instanceof Collection<?> c) {
                fill((Collection<Object>) c, count);
            } else if (o instanceof Map<?, ?> m) {
                for (int i = 0; i < count; i++) {
                    ((Map<Object, Object>) m).put("k" + random.nextInt(200), any());
                }
            } else if (o instanceof Object[] array) {
                for (int i = 0; i < array.length; i++) {
                    array[i] = any();
                }
            } else if (o instanceof Exception e && random.nextBoolean()) {
                e.addSuppressed(new IllegalStateException("suppressed"));
            }
        }

        private void fill(Collection<Object> c, int count) {
            for (int i = 0; i < count; i++) {
                c.add(present());
            }
        }
    }

    /** A text that is the same for graphs of the same form: every object is numbered when it is first met. */
    private static String outline(Object root) {
        StringBuilder text = new StringBuilder();
        IdentityHashMap<Object, Integer> numbers = new IdentityHashMap<>();
        Deque<Object> open = new ArrayDeque<>();
        name(root, numbers, open, text);
        while (!open.isEmpty()) {
            Object o = open.remove();
            text.append('\n')
                    .append(numbers.get(o))
                    .append(' ')
                    .append(o.getClass().getName());
            if (o instanceof Vertex v) {
                text.append(v.number);
                List.of(v.edges, new Object[] {v.a, v.b}).forEach(x -> name(x, numbers, open, text));
            } else if (o instanceof PlainVertex v) {
                text.append(v.number);
                List.of(v.edges, new Object[] {v.a, v.b}).forEach(x -> name(x, numbers, open, text));
            } else if (o instanceof Collection<?> c) {
                c.forEach(x -> name(x, numbers, open, text));
            } else if (o instanceof Map<?, ?> m) {
                new TreeMap<>(stringKeys(m)).forEach((k, x) -> {
                    text.append(' ').append(k).append('=');
                    name(x, numbers, open, text);
                });
            } else if (o instanceof Throwable t) {
                text.append(t.getMessage());
                for (Throwable s : t.getSuppressed()) {
                    name(s, numbers, open, text);
                }
            } else if (o instanceof Optional<?> p) {
                name(p.get(), numbers, open, text);
            } else if (o.getClass().isArray()) {
                for (int i = 0; i < Array.getLength(o); i++) {
                    name(Array.get(o, i), numbers, open, text);
                }
            }
        }
        return text.toString();
    }

    private static Map<String, Object> stringKeys(Map<?, ?> map) {
        Map<String, Object> result = new HashMap<>();
        map.forEach((k, v) -> result.put((String) k, v));
        return result;
    }

    private static void name(Object o, Map<Object, Integer> numbers, Deque<Object> open, StringBuilder text) {
        text.append(' ');
        if (o == null || o instanceof Number || o instanceof String) {
            text.append(o);
            return;
        }
        Integer known = numbers.get(o);
        if (known == null) {
            known = numbers.size();
            numbers.put(o, known);
            open.add(o);
        }
        text.append('#').append(known);
    }
}

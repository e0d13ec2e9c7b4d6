package io.clustrix.serializer.kryo;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;

/** Classes as users write them, in all the kinds that serializers stumble over. */
@SuppressWarnings({
    "serial",
    "unused",
    "ClassCanBeStatic",
    "EqualsGetClass",
    "HidingField",
    "MissingOverride",
    "UnusedVariable"
})
public final class UserTypes {

    private UserTypes() {}

    @FunctionalInterface
    interface Task<T> extends Callable<T>, Serializable {}

    @FunctionalInterface
    interface Fn<A, B> extends Function<A, B>, Serializable {}

    record Point(int x, double y, String name, List<String> tags) implements Serializable {}

    record PlainPoint(int x, double y, String name, List<String> tags) {}

    record Pair<A, B>(A first, B second) {}

    record AllPrimitives(byte b, short s, char c, int i, long l, float f, double d, boolean z) {}

    /** Its accessor tells something else than its field. */
    record Shy(String name) {
        @Override
        public String name() {
            return "(" + name + ")";
        }
    }

    record Positive(int n) {
        Positive {
            if (n <= 0) {
                throw new IllegalArgumentException("not positive: " + n);
            }
        }
    }

    /** Goes by JDK serialization, as it has a readResolve. */
    record Interned(String name) implements Serializable {
        private Object readResolve() {
            return new Interned(name.intern());
        }
    }

    enum Color {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "g";
            }
        }
    }

    static class Pojo {
        int a = 3;
        String b = "b";
        List<Integer> l = new ArrayList<>(List.of(1, 2, 3));

        @Override
        public boolean equals(Object o) {
            return o != null
                    && o.getClass() == getClass()
                    && ((Pojo) o).a == a
                    && ((Pojo) o).b.equals(b)
                    && ((Pojo) o).l.equals(l);
        }

        @Override
        public int hashCode() {
            return a;
        }
    }

    static class SerializablePojo extends Pojo implements Serializable {}

    static class NoDefaultConstructor {
        final int a;
        final String b;

        NoDefaultConstructor(int a, String b) {
            this.a = a;
            this.b = b;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof NoDefaultConstructor p && p.a == a && p.b.equals(b);
        }

        @Override
        public int hashCode() {
            return a;
        }
    }

    /** A field of the same name above. */
    static class Shadowing extends NoDefaultConstructor {
        final int a;
        private final Object lock = new Object();

        Shadowing(int above, int a) {
            super(above, "x");
            this.a = a;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Shadowing s
                    && s.a == a
                    && super.equals(o)
                    && s.lock != null
                    && s.lock.getClass() == Object.class;
        }

        @Override
        public int hashCode() {
            return a;
        }
    }

    static class WithTransient {
        int kept = 1;
        transient int dropped = 2;
        transient List<String> cache = new ArrayList<>();
    }

    /** The outer object is a field that the compiler made. */
    class Inner {
        int n = 5;

        UserTypes outer() {
            return UserTypes.this;
        }
    }

    static Inner inner() {
        return new UserTypes().new Inner();
    }

    static Object anonymous(int captured) {
        return new Object() {
            final int own = 3;

            @Override
            public boolean equals(Object o) {
                return o != null && o.getClass() == getClass() && o.toString().equals(toString());
            }

            @Override
            public int hashCode() {
                return own;
            }

            @Override
            public String toString() {
                return own + "/" + captured;
            }
        };
    }

    static Object local(String captured) {
        class Local {
            @Override
            public boolean equals(Object o) {
                return o instanceof Local l && l.toString().equals(toString());
            }

            @Override
            public int hashCode() {
                return 1;
            }

            @Override
            public String toString() {
                return "local " + captured;
            }
        }
        return new Local();
    }

    /** Rebuilds what it does not write. */
    static final class Hooked implements Serializable {
        final List<String> words;
        transient Map<String, Integer> index;

        Hooked(List<String> words) {
            this.words = words;
            index();
        }

        private void index() {
            index = new HashMap<>();
            for (int i = 0; i < words.size(); i++) {
                index.put(words.get(i), i);
            }
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            out.writeInt(words.size());
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            if (in.readInt() != words.size()) {
                throw new IOException("size");
            }
            index();
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Hooked h && h.words.equals(words) && h.index.equals(index);
        }

        @Override
        public int hashCode() {
            return words.hashCode();
        }
    }

    static final class Singleton implements Serializable {
        static final Singleton INSTANCE = new Singleton();

        private Object readResolve() {
            return INSTANCE;
        }
    }

    static final class Replaced implements Serializable {
        final String text;

        Replaced(String text) {
            this.text = text;
        }

        private Object writeReplace() {
            return new Proxy(text.length(), text);
        }

        private void readObject(ObjectInputStream in) throws IOException {
            throw new IOException("only by proxy");
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Replaced r && r.text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        private record Proxy(int length, String text) implements Serializable {
            private Object readResolve() {
                return new Replaced(text.substring(0, length));
            }
        }
    }

    public static final class Outside implements Externalizable {
        int n;

        public Outside() {}

        Outside(int n) {
            this.n = n;
        }

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.writeInt(n + 1);
        }

        @Override
        public void readExternal(ObjectInput in) throws IOException {
            n = in.readInt() - 1;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Outside x && x.n == n;
        }

        @Override
        public int hashCode() {
            return n;
        }
    }

    static final class Chosen implements Serializable {
        private static final ObjectStreamField[] serialPersistentFields = {new ObjectStreamField("kept", int.class)};
        int kept = 1;
        int dropped;
    }

    /** Kryo as it comes loses the owner. */
    static class OwnedList<T> extends ArrayList<T> {
        String owner;

        OwnedList(String owner, List<T> elements) {
            super(elements);
            this.owner = owner;
        }

        @Override
        public boolean equals(Object o) {
            return super.equals(o) && o instanceof OwnedList<?> l && Objects.equals(l.owner, owner);
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    static class OwnedMap<K, V> extends HashMap<K, V> {
        String owner;

        OwnedMap(String owner, Map<K, V> entries) {
            super(entries);
            this.owner = owner;
        }

        @Override
        public boolean equals(Object o) {
            return super.equals(o) && o instanceof OwnedMap<?, ?> l && Objects.equals(l.owner, owner);
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    /** A list that is not serializable and has no add. */
    static class Squares extends AbstractList<Integer> {
        private final int size;

        Squares(int size) {
            this.size = size;
        }

        @Override
        public Integer get(int i) {
            return i * i;
        }

        @Override
        public int size() {
            return size;
        }
    }

    /** A tree with links both ways, some of whose state is only rebuilt by its hook. */
    static final class Tree implements Serializable {
        final String name;
        final List<Tree> children = new ArrayList<>();
        Tree parent;
        Object note;
        transient int depth;

        Tree(String name) {
            this.name = name;
        }

        Tree add(Tree child) {
            children.add(child);
            child.parent = this;
            child.depth = depth + 1;
            return this;
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            depth = -1;
        }
    }

    /** A graph with cycles, of which the serializer knows nothing. */
    static final class Node {
        final String name;
        final List<Node> next = new ArrayList<>();
        Node favourite;
        Object payload;

        Node(String name) {
            this.name = name;
        }
    }

    static class DomainException extends RuntimeException {
        final int code;
        final PlainPoint where;
        final Optional<String> detail;

        DomainException(String message, Throwable cause, int code, PlainPoint where, Optional<String> detail) {
            super(message, cause);
            this.code = code;
            this.where = where;
            this.detail = detail;
        }
    }

    static int twice(int n) {
        return 2 * n;
    }

    static Task<Integer> nonCapturing() {
        return () -> 42;
    }

    static Task<Integer> capturing(int n, String s) {
        return () -> n + s.length();
    }

    static Task<Integer> capturingLambda(int n) {
        Task<Integer> inner = capturing(n, "abc");
        Fn<Integer, Integer> plus = x -> x + n;
        return () -> plus.apply(inner.call());
    }

    static Task<String> capturingPlain(PlainPoint point, NoDefaultConstructor other) {
        return () -> point.name() + other.b;
    }

    static Fn<Integer, Integer> methodReference() {
        return UserTypes::twice;
    }

    static Fn<String, Integer> unboundReference() {
        return String::length;
    }

    static Task<Integer> boundReference(String text) {
        return text::length;
    }

    static Fn<Integer, List<String>> constructorReference() {
        return ArrayList::new;
    }

    static Supplier<Integer> notSerializable(int n) {
        return () -> n;
    }

    @SuppressWarnings("unchecked")
    static Supplier<Integer> cast(int n) {
        return (Supplier<Integer> & Serializable) () -> n;
    }
}

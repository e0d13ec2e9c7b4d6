package io.clustrix.internal.codec;

import io.clustrix.internal.codec.ClassCode.Body;
import io.clustrix.internal.codec.ClassCode.Member;
import io.clustrix.internal.codec.MemoryClasses.Place;
import io.clustrix.spi.SerializationException;
import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.MethodCall;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;

/**
 * What a value needs of the classes that are in memory only.
 *
 * <p>Classes: all that the classes of its objects name, directly or by way of others; one too many does no harm.
 *
 * <p>Variables: JShell keeps each in a static field of a class of its own, which code outside of that class sets. So
 * the field of the same class elsewhere has nothing. Here too many would do harm, because a shell has variables that
 * can't be sent, such as the Clustrix itself. So calls are followed from the methods that can run: the body of a
 * lambda, all methods of an object of such a class, and what these call.
 */
final class MemoryReach {
    private static final int MAX_OBJECTS = 100_000;

    /** The classes that JShell makes for its snippets, as its documentation of {@code SnippetWrapper} has them. */
    private static final Pattern SNIPPET = Pattern.compile("REPL/\\$JShell\\$[0-9A-Z]+");

    private static final Comparator<Member> ORDER =
            Comparator.comparing(Member::owner).thenComparing(Member::name).thenComparing(Member::type);

    private final MemoryClasses memory;
    private final SortedMap<String, byte[]> files = new TreeMap<>();
    private final SortedMap<Member, @Nullable Object> variables = new TreeMap<>(ORDER);
    private final Map<String, Class<?>> classes = new HashMap<>();
    private final Map<String, ClassCode> codes = new HashMap<>();
    private final Deque<Class<?>> newClasses = new ArrayDeque<>();
    private final Set<Object> objects = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> newObjects = new ArrayDeque<>();
    private final Set<Member> methods = new HashSet<>();
    private final Deque<Member> newMethods = new ArrayDeque<>();
    private final Set<String> alive = new HashSet<>();

    private MemoryReach(MemoryClasses memory) {
        this.memory = memory;
    }

    /**
     * Of a value that can be written.
     *
     * @throws SerializationException if a class file can't be had or read
     */
    static MemoryReach of(MemoryClasses memory, @Nullable Object value) {
        MemoryReach reach = new MemoryReach(memory);
        if (value != null) {
            reach.found(value);
        }
        if (value instanceof CarriesFunction) {
            Object inner = CaptureGraph.unwrapped(value);
            if (inner != null) {
                reach.found(inner);
            }
        }
        reach.follow();
        return reach;
    }

    /** Class files by the classes' names. */
    SortedMap<String, byte[]> files() {
        return files;
    }

    /** Variables and their values. */
    SortedMap<Member, @Nullable Object> variables() {
        return variables;
    }

    private void follow() {
        while (!newObjects.isEmpty() || !newMethods.isEmpty()) {
            Object object = newObjects.poll();
            if (object != null) {
                visit(object);
            } else {
                visit(newMethods.remove());
            }
        }
    }

    // ---------------------------------------------------------------- objects

    private void found(Object object) {
        if (objects.size() < MAX_OBJECTS && objects.add(object)) {
            newObjects.add(object);
        }
    }

    private void visit(Object object) {
        Class<?> type = object.getClass();
        if (object instanceof Class<?> c) {
            if (needed(c)) {
                alive(nameOf(MemoryClasses.written(c)));
            }
            return;
        }
        if (object instanceof MethodCall call) {
            visit(call);
        } else if (Proxy.isProxyClass(type)) {
            for (Class<?> i : type.getInterfaces()) {
                needed(i);
            }
        } else if (needed(type)) {
            SerializedLambda lambda = CaptureGraph.isLambda(type) ? CaptureGraph.described(object) : null;
            if (lambda == null) {
                alive(nameOf(MemoryClasses.written(type)));
            } else {
                called(new Member(lambda.getImplClass(), lambda.getImplMethodName(), lambda.getImplMethodSignature()));
                if (lambda.getImplMethodName().equals("<init>")) {
                    alive(lambda.getImplClass());
                }
            }
        }
        for (CaptureGraph.Edge edge : CaptureGraph.edges(object, "")) {
            found(edge.target());
        }
    }

    private void visit(MethodCall call) {
        try {
            Method method = call.method();
            if (needed(method.getDeclaringClass())) {
                called(new Member(
                        nameOf(method.getDeclaringClass()), method.getName(), Type.getMethodDescriptor(method)));
            }
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a method that was found can't be found again: " + call, e);
        }
    }

    // ---------------------------------------------------------------- classes

    /** Takes a class with all that it names; false if it is not in memory. */
    private boolean needed(Class<?> type) {
        if (memory.place(type) != Place.MEMORY) {
            return false;
        }
        newClasses.add(MemoryClasses.written(type));
        while (!newClasses.isEmpty()) {
            Class<?> c = newClasses.remove();
            if (classes.putIfAbsent(nameOf(c), c) == null) {
                take(c);
            }
        }
        return true;
    }

    private void take(Class<?> c) {
        byte[] file = MemoryClasses.file(c);
        ClassCode code;
        try {
            code = ClassCode.parse(file);
        } catch (RuntimeException e) {
            throw new SerializationException(
                    "the class file of " + c.getName() + ", which was defined in a shell, can't be read: " + e,
                    List.of("run the shell on a Java that this version of Clustrix knows"),
                    e);
        }
        files.put(c.getName(), file);
        codes.put(nameOf(c), code);
        for (String name : code.named()) {
            Class<?> named = find(name, c);
            if (named != null && memory.place(named) == Place.MEMORY) {
                newClasses.add(named);
            }
        }
    }

    private @Nullable Class<?> find(String name, Class<?> from) {
        if (classes.containsKey(name) || name.startsWith("java/")) {
            return null;
        }
        try {
            return Class.forName(name.replace('/', '.'), false, from.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null; // a text that only looked like a name, or what the code here can do without as well
        }
    }

    private static String nameOf(Class<?> c) {
        return c.getName().replace('.', '/');
    }

    // ---------------------------------------------------------------- methods

    private void called(Member method) {
        if (codes.containsKey(method.owner()) && methods.add(method)) {
            newMethods.add(method);
            if (!method.name().equals("<clinit>")) {
                called(new Member(method.owner(), "<clinit>", "()V"));
            }
        }
    }

    /** There may be objects of this class, so each of its methods may be called by anybody. */
    private void alive(String name) {
        ClassCode code = codes.get(name);
        if (code == null || SNIPPET.matcher(name).matches() || !alive.add(name)) {
            return;
        }
        for (String method : code.bodies().keySet()) {
            int end = method.indexOf('(');
            called(new Member(name, method.substring(0, end), method.substring(end)));
        }
        code.parents().forEach(this::alive);
    }

    private void visit(Member method) {
        ClassCode code = codes.get(method.owner());
        if (code == null) {
            return;
        }
        Body body = code.bodies().get(method.name() + method.type());
        if (body == null) { // inherited, or without code
            code.parents().forEach(p -> called(new Member(p, method.name(), method.type())));
            return;
        }
        body.calls().forEach(this::called);
        body.made().forEach(this::alive);
        for (Member field : body.reads()) {
            if (SNIPPET.matcher(field.owner()).matches()) {
                read(field);
            } else if (codes.containsKey(field.owner())) {
                called(new Member(field.owner(), "<clinit>", "()V"));
            }
        }
    }

    private void read(Member field) {
        Class<?> owner = classes.get(field.owner());
        if (owner == null || variables.containsKey(field)) {
            return;
        }
        try {
            Field variable = owner.getDeclaredField(field.name());
            if (Modifier.isStatic(variable.getModifiers())) {
                variable.setAccessible(true);
                Object value = variable.get(null);
                variables.put(field, value);
                if (value != null) {
                    found(value);
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new SerializationException(
                    "the variable '" + field.name() + "' of the shell can't be read: " + e, List.of(), e);
        }
    }
}

package io.clustrix.internal.codec;

import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.MethodCall;
import java.io.Serializable;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What objects hold, with names that a programmer knows them by. Objects of the user's classes are looked into by
 * reflection, those of the JDK by their public methods; nothing here throws.
 */
final class CaptureGraph {

    /** A longer text as the key of a map is not shown. */
    private static final int MAX_KEY = 40;

    private CaptureGraph() {}

    /**
     * One object held by another.
     *
     * @param target the object
     * @param path how it is reached from the root
     * @param hint what to do if it must not be held, if there is something to say
     */
    record Edge(Object target, String path, @Nullable String hint) {}

    /** The user's own function or value, without what Clustrix has put around it. */
    static @Nullable Object unwrapped(@Nullable Object value) {
        return value instanceof CarriesFunction c ? c.carried() : value;
    }

    /** Whether an object can always be written. */
    static boolean isSimple(Object o) {
        Class<?> type = o.getClass();
        if (type.isArray()) {
            return type.getComponentType().isPrimitive();
        }
        return o instanceof Enum<?> || (type.getPackageName().equals("java.lang") && isLiteral(o));
    }

    private static boolean isLiteral(Object o) {
        return o instanceof String || o instanceof Boolean || o instanceof Character || o instanceof Number;
    }

    /** The name of an object's class; of a lambda where it was written and what it implements. */
    static String nameOf(Object o) {
        Class<?> type = o.getClass();
        if (!isLambda(type)) {
            return type.getTypeName();
        }
        Class<?>[] interfaces = type.getInterfaces();
        String of = interfaces.length == 0 ? "" : " as a " + interfaces[0].getName();
        return "a lambda in " + type.getNestHost().getName() + of;
    }

    /** What to do about an object that can't be written, if more can be said than the serializer says. */
    static @Nullable String hintFor(Object o) {
        Class<?> type = o.getClass();
        if (!isLambda(type) || o instanceof Serializable || type.getInterfaces().length == 0) {
            return null;
        }
        String simple = type.getInterfaces()[0].getSimpleName();
        return "let " + simple + " extend java.io.Serializable, or cast the lambda: (" + simple
                + " & Serializable) () -> ...";
    }

    /** All that an object holds, but for what can always be written. */
    static List<Edge> edges(Object holder, String path) {
        List<Edge> edges = new ArrayList<>();
        try {
            collect(holder, path, edges);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return edges; // a collection that changes or a class that is missing: what was found so far is the answer
        }
        return edges;
    }

    private static void collect(Object holder, String path, List<Edge> edges) {
        Class<?> type = holder.getClass();
        if (holder instanceof MethodCall call) {
            Object target = call.target();
            if (target != null) {
                add(edges, target, target.getClass().getSimpleName(), null);
            }
            int i = 1;
            for (Object argument : call.arguments()) {
                add(edges, argument, "argument " + i++, null);
            }
        } else if (type.isArray()) {
            int length = type.getComponentType().isPrimitive() ? 0 : Array.getLength(holder);
            for (int i = 0; i < length; i++) {
                add(edges, Array.get(holder, i), path.isEmpty() ? "item " + i : path + "[" + i + "]", null);
            }
        } else if (isLambda(type)) {
            captured(holder, path, edges);
        } else if (Proxy.isProxyClass(type)) {
            add(edges, Proxy.getInvocationHandler(holder), member(path, holder, "handler"), null);
        } else if (isOfPlatform(type)) {
            held(holder, path, edges);
        } else {
            fields(holder, path, edges);
        }
    }

    private static void held(Object holder, String path, List<Edge> edges) {
        if (holder instanceof Collection<?> collection) {
            int i = 0;
            for (Object element : collection) {
                add(edges, element, path.isEmpty() ? "item " + i : path + "[" + i + "]", null);
                i++;
            }
        } else if (holder instanceof Map<?, ?> map) {
            int i = 0;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                String shown = shownKey(entry.getKey(), i);
                add(edges, entry.getKey(), path + "{key " + i + "}", null);
                add(edges, entry.getValue(), path + "{" + shown + "}", null);
                i++;
            }
        } else if (holder instanceof Map.Entry<?, ?> entry) {
            add(edges, entry.getKey(), path + ".key", null);
            add(edges, entry.getValue(), path + ".value", null);
        } else if (holder instanceof Optional<?> optional) {
            optional.ifPresent(value -> add(edges, value, path + ".get()", null));
        } else if (holder instanceof AtomicReference<?> reference) {
            add(edges, reference.get(), path + ".get()", null);
        } else if (holder instanceof Throwable) {
            fields(holder, path, edges);
        }
    }

    private static String shownKey(@Nullable Object key, int number) {
        if (key instanceof String s && s.length() <= MAX_KEY) {
            return s;
        }
        if (key instanceof Enum<?> e) {
            return e.name();
        }
        return key != null
                        && isSimple(key)
                        && !(key instanceof String)
                        && !key.getClass().isArray()
                ? key.toString() // of the JDK's own
                : "entry " + number;
    }

    private static void fields(Object holder, String path, List<Edge> edges) {
        if (holder instanceof Throwable t) {
            add(edges, t.getCause(), member(path, holder, "getCause()"), null);
            for (Throwable suppressed : t.getSuppressed()) {
                add(edges, suppressed, member(path, holder, "getSuppressed()"), null);
            }
        }
        for (Class<?> c = holder.getClass(); c != null && !isOfPlatform(c); c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0
                        && !field.getType().isPrimitive()) {
                    field(holder, path, field, edges);
                }
            }
        }
    }

    private static void field(Object holder, String path, Field field, List<Edge> edges) {
        Object value;
        try {
            field.setAccessible(true);
            value = field.get(holder);
        } catch (IllegalAccessException | RuntimeException e) {
            return; // in a module that is closed to us
        }
        String name = field.getName();
        if (field.isSynthetic() && name.startsWith("this$") && value != null) {
            String outer = value.getClass().getSimpleName();
            add(
                    edges,
                    value,
                    outer + ".this",
                    "the class " + holder.getClass().getName() + " is an inner class and holds the " + outer
                            + " around it: make it static, or a class of its own");
        } else if (field.isSynthetic() && name.startsWith("val$")) {
            add(edges, value, captures(path) + "captured value '" + name.substring(4) + "'", null);
        } else {
            add(
                    edges,
                    value,
                    member(path, holder, name),
                    "mark the field '" + name + "' of "
                            + field.getDeclaringClass().getName() + " transient if the task does not need it");
        }
    }

    private static String member(String path, Object holder, String name) {
        return (path.isEmpty() ? holder.getClass().getSimpleName() : path) + "." + name;
    }

    private static String captures(String path) {
        return path.isEmpty() ? "" : path + " captures ";
    }

    private static void captured(Object lambda, String path, List<Edge> edges) {
        SerializedLambda described = described(lambda);
        if (described == null) {
            return;
        }
        boolean own = described.getImplMethodName().startsWith("lambda$");
        boolean withThis = own && described.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic;
        List<String> names = own ? CapturedNames.of(lambda.getClass().getNestHost(), described) : List.of();
        for (int i = 0; i < described.getCapturedArgCount(); i++) {
            Object value = described.getCapturedArg(i);
            if (i == 0 && withThis && value != null) {
                String outer = value.getClass().getSimpleName();
                add(
                        edges,
                        value,
                        captures(path) + outer + ".this",
                        "the lambda uses a field or a method of " + outer
                                + " and so captures all of it: copy what it needs"
                                + " into a local variable before the lambda, or let it call a static method");
            } else {
                int number = withThis ? i : i + 1;
                String name = number <= names.size() ? "'" + names.get(number - 1) + "'" : String.valueOf(number);
                String what = own
                        ? "captured value " + name
                        : "the object of the method reference ::" + described.getImplMethodName();
                add(edges, value, captures(path) + what, null);
            }
        }
    }

    /** What a lambda is; {@code null} if it does not tell, as it is not serializable. */
    static @Nullable SerializedLambda described(Object lambda) {
        if (!(lambda instanceof Serializable)) {
            return null;
        }
        try {
            Method describer = lambda.getClass().getDeclaredMethod("writeReplace");
            describer.setAccessible(true);
            return (SerializedLambda) describer.invoke(lambda);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    static boolean isLambda(Class<?> type) {
        return type.isHidden() && type.isSynthetic() && type.getName().contains("$$Lambda");
    }

    private static boolean isOfPlatform(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
    }

    private static void add(List<Edge> edges, @Nullable Object target, String path, @Nullable String hint) {
        if (target != null && !isSmall(target)) {
            edges.add(new Edge(target, path, hint));
        }
    }

    /** Boxed numbers and the like are of no interest; texts and arrays are, as they may be large. */
    private static boolean isSmall(Object o) {
        return isSimple(o)
                && !(o instanceof String)
                && !(o instanceof Enum<?>)
                && !o.getClass().isArray();
    }
}

package io.clustrix.cli;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call of a static method, by name and with texts for arguments; it travels to the worker, which has the class. With
 * an item, that is the first argument.
 */
final class StaticCall implements RemoteCallable<@Nullable Object>, RemoteFunction<String, @Nullable Object> {
    private static final long serialVersionUID = 1L;

    private final String className;
    private final String methodName;

    @SuppressWarnings("serial") // List.copyOf is serializable
    private final List<String> arguments;

    /** Who has the class on the driver; a worker's own class path has it. */
    private final transient @Nullable ClassLoader loader;

    /** The method {@code main}, which takes all arguments as one array, is called as a program's. */
    StaticCall(String className, String methodName, List<String> arguments, ClassLoader loader) {
        this.className = className;
        this.methodName = methodName;
        this.arguments = List.copyOf(arguments);
        this.loader = loader;
    }

    @Override
    public @Nullable Object call() throws Exception {
        return invoke(arguments);
    }

    @Override
    public @Nullable Object apply(String item) throws Exception {
        List<String> all = new ArrayList<>(List.of(item));
        all.addAll(arguments);
        return invoke(all);
    }

    private @Nullable Object invoke(List<String> texts) throws Exception {
        Method method = method(texts.size());
        method.setAccessible(true);
        Object[] values = isMain(method) ? new Object[] {texts.toArray(new String[0])} : converted(method, texts);
        try {
            return method.invoke(null, values);
        } catch (InvocationTargetException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            if (cause instanceof Exception ex) {
                throw ex; // what the method throws is what the user wants to see
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private static boolean isMain(Method method) {
        return method.getName().equals("main")
                && method.getParameterCount() == 1
                && method.getParameterTypes()[0] == String[].class;
    }

    /**
     * The method that is meant.
     *
     * @param texts how many arguments it is called with
     * @throws IllegalArgumentException if there is none, or more than one
     */
    Method method(int texts) {
        Class<?> type = type();
        List<Method> named = new ArrayList<>();
        for (Method m : type.getDeclaredMethods()) {
            if (m.getName().equals(methodName) && !m.isSynthetic()) {
                named.add(m);
            }
        }
        if (named.isEmpty()) {
            throw new IllegalArgumentException("class " + className + " has no method " + methodName);
        }
        List<Method> fitting = named.stream()
                .filter(m -> Modifier.isStatic(m.getModifiers()))
                .filter(m -> isMain(m) || (m.getParameterCount() == texts && isPlain(m)))
                .toList();
        if (fitting.size() == 1) {
            return fitting.get(0);
        }
        String what = className + "::" + methodName;
        if (fitting.isEmpty()) {
            throw new IllegalArgumentException(what + " can't be called with " + texts + " argument"
                    + (texts == 1 ? "" : "s")
                    + ": it must be static and take as many texts, numbers, booleans or constants of an enum; there is "
                    + named.get(0).toGenericString());
        }
        throw new IllegalArgumentException("more than one method " + what + " takes " + texts
                + " arguments; give the one that is meant its own name");
    }

    private Class<?> type() {
        ClassLoader own = loader == null ? Thread.currentThread().getContextClassLoader() : loader;
        try {
            return Class.forName(className, false, own == null ? StaticCall.class.getClassLoader() : own);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalArgumentException(
                    "there is no class " + className + " in the jar, or one that it needs is missing: " + e
                            + "; --class-path adds jars",
                    e);
        }
    }

    private static boolean isPlain(Method method) {
        for (Class<?> type : method.getParameterTypes()) {
            boolean known = type == String.class
                    || type == CharSequence.class
                    || type == Object.class
                    || type.isPrimitive()
                    || type.isEnum()
                    || Number.class.isAssignableFrom(type)
                    || type == Boolean.class
                    || type == Character.class;
            if (!known) {
                return false;
            }
        }
        return true;
    }

    private static Object[] converted(Method method, List<String> texts) {
        Class<?>[] types = method.getParameterTypes();
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            values[i] = value(texts.get(i), types[i]);
        }
        return values;
    }

    /**
     * A text as a value of this type.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Object value(String text, Class<?> type) {
        try {
            if (type == int.class || type == Integer.class) {
                return Integer.valueOf(text);
            } else if (type == long.class || type == Long.class) {
                return Long.valueOf(text);
            } else if (type == double.class || type == Double.class) {
                return Double.valueOf(text);
            } else if (type == float.class || type == Float.class) {
                return Float.valueOf(text);
            } else if (type == short.class || type == Short.class) {
                return Short.valueOf(text);
            } else if (type == byte.class || type == Byte.class) {
                return Byte.valueOf(text);
            } else if (type == java.math.BigInteger.class) {
                return new java.math.BigInteger(text);
            } else if (type == java.math.BigDecimal.class || type == Number.class) {
                return new java.math.BigDecimal(text);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no " + type.getSimpleName(), e);
        }
        if (type == boolean.class || type == Boolean.class) {
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException("'" + text + "' is neither true nor false");
            }
            return Boolean.valueOf(text);
        }
        if (type == char.class || type == Character.class) {
            if (text.length() != 1) {
                throw new IllegalArgumentException("'" + text + "' is not one character");
            }
            return text.charAt(0);
        }
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (((Enum<?>) constant).name().equals(text)) {
                    return constant;
                }
            }
            throw new IllegalArgumentException("'" + text + "' is no constant of " + type.getSimpleName());
        }
        return text;
    }

    /**
     * Checks a call before it travels.
     *
     * @param first the item that is called first, if there are items
     * @throws IllegalArgumentException if it can't be made
     */
    void check(@Nullable String first) {
        List<String> texts = new ArrayList<>();
        if (first != null) {
            texts.add(first);
        }
        texts.addAll(arguments);
        Method method = method(texts.size());
        if (!isMain(method)) {
            var unused = converted(method, texts);
        }
    }

    @Override
    public String toString() {
        return className + "::" + methodName;
    }
}

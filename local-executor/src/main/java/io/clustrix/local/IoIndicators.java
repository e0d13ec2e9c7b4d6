package io.clustrix.local;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;

/**
 * Tells whether a user's function does I/O or waits, from its bytecode (requirement B4). Bytecode that can't be had is
 * no error (B5), and nothing is thrown to the caller whatever happens.
 *
 * <p>Looked at are the function's own method, what it calls in the user's own classes, the bodies of lambdas on the
 * way, and the functions that it holds: captured by a lambda, or in the fields of an object, twice over. It is a guess
 * with reason: reflection, service loading, implementations behind interfaces and static initialisers are not followed,
 * so {@link IoVerdict.None} is no proof; a call in a branch that never runs counts.
 *
 * <p>Answers are kept with the class that they are about (a {@link ClassValue}), so a class loader can still be
 * collected. What a lambda captures is looked at anew in each call. Safe for use by many threads; two that ask first
 * may both look.
 */
final class IoIndicators {
    private static final int MAX_DEPTH = 6;
    private static final int MAX_METHODS = 400;

    /** How far functions in functions are followed. */
    private static final int MAX_NESTING = 2;

    private static final String SPI = "io.clustrix.spi";
    private static final MethodType OBJECT_TO_OBJECT = MethodType.methodType(Object.class, Object.class);

    private final IoCalls table = new IoCalls();
    private final int maxDepth;
    private final int maxMethods;
    private final ClassValue<Known> known = new KnownByClass();

    IoIndicators() {
        this(MAX_DEPTH, MAX_METHODS);
    }

    /**
     * With limits of one's own.
     *
     * @param maxDepth how many calls away from the function a method may be
     * @param maxMethods how many methods are looked at
     */
    IoIndicators(int maxDepth, int maxMethods) {
        this.maxDepth = maxDepth;
        this.maxMethods = maxMethods;
    }

    /**
     * Looks at a function object: a lambda or method reference for a serializable interface, or an instance of a class
     * that implements a functional interface.
     */
    IoVerdict of(Object function) {
        try {
            return ofFunction(function, 0);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return failed(e);
        }
    }

    /**
     * Looks at a method that is called by name, such as one marked {@code @Cluster}.
     *
     * @param type the class that it is called on; its implementation of the method counts
     * @param method a method of that class or of its parents
     */
    IoVerdict of(Class<?> type, Method method) {
        try {
            if (!method.getDeclaringClass().isAssignableFrom(type)) {
                return new IoVerdict.Unknown(type.getName() + " has no " + method);
            }
            if (isOfTheJdk(type)) {
                return new CallScan(table, ClassLoader.getPlatformClassLoader(), null, maxDepth, maxMethods)
                        .from(ref(method), false);
            }
            Map<Method, IoVerdict> answers = known.get(type).methods;
            IoVerdict answer = answers.get(method);
            if (answer == null) {
                answer = scan(type, ref(method), !Modifier.isStatic(method.getModifiers()));
                answers.put(method, answer);
            }
            return answer;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return failed(e);
        }
    }

    private static MethodRef ref(Method method) {
        return new MethodRef(
                Type.getInternalName(method.getDeclaringClass()), method.getName(), Type.getMethodDescriptor(method));
    }

    private IoVerdict ofFunction(Object function, int nesting) {
        Class<?> type = function.getClass();
        if (isOfTheJdk(type)) {
            return new IoVerdict.Unknown(type.getName() + " is a class of the JDK");
        }
        Known knowledge = known.get(type);
        IoVerdict settled = knowledge.settled;
        if (settled != null) {
            return settled;
        }
        Shape shape = shape(knowledge, function);
        if (shape instanceof NoFunction none) {
            return new IoVerdict.Unknown(none.why());
        }
        SerializedLambda captured =
                shape instanceof Lambda lambda ? lambda.site().serialized(function) : null;
        IoVerdict verdict = own(knowledge, shape, type, captured);
        if (!varies(shape)) {
            knowledge.settled = verdict;
        }
        if (verdict instanceof IoVerdict.Found || nesting == MAX_NESTING || !varies(shape)) {
            return verdict;
        }
        for (Object held : heldBy(shape, function, captured)) {
            if (isFunction(held)) {
                IoVerdict inner = ofFunction(held, nesting + 1);
                if (inner instanceof IoVerdict.Found) {
                    return inner;
                }
                if (verdict instanceof IoVerdict.None) {
                    verdict = inner;
                }
            }
        }
        return verdict;
    }

    /** Looks at the function's own code, whatever it holds. */
    private IoVerdict own(Known knowledge, Shape shape, Class<?> type, @Nullable SerializedLambda captured) {
        if (shape instanceof Lambda lambda && captured != null && lambda.site().capturesReceiver()) {
            Class<?> receiver = captured.getCapturedArg(0).getClass();
            if (!isOfTheJdk(receiver) && !receiver.isHidden()) {
                MethodRef start = lambda.site().implementation();
                Map<MethodRef, IoVerdict> answers = known.get(receiver).bodies;
                IoVerdict answer = answers.get(start);
                if (answer == null) {
                    answer = scan(receiver, start, lambda.site().dynamic());
                    answers.put(start, answer);
                }
                return answer;
            }
        }
        IoVerdict answer = knowledge.own;
        if (answer == null) {
            answer = new IoVerdict.None();
            List<MethodRef> starts = shape instanceof Lambda lambda
                    ? List.of(lambda.site().implementation())
                    : ((Instance) shape).methods();
            for (MethodRef start : starts) {
                if (!(answer instanceof IoVerdict.Found)) {
                    IoVerdict next = scan(type, start, true);
                    answer = next instanceof IoVerdict.None ? answer : next;
                }
            }
            knowledge.own = answer;
        }
        return answer;
    }

    private IoVerdict scan(Class<?> type, MethodRef start, boolean dynamic) {
        try {
            String name = Type.getInternalName(type);
            String self = type.isHidden() || !table.isTheUsers(name) ? null : name;
            return new CallScan(table, type.getClassLoader(), self, maxDepth, maxMethods).from(start, dynamic);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return failed(e); // an answer to keep: it would fail again
        }
    }

    private static IoVerdict failed(Throwable e) {
        return new IoVerdict.Unknown("looking at the bytecode failed: " + e);
    }

    private boolean isFunction(Object held) {
        return !isOfTheJdk(held.getClass()) && !(shape(known.get(held.getClass()), held) instanceof NoFunction);
    }

    private List<Object> heldBy(Shape shape, Object function, @Nullable SerializedLambda captured) {
        List<Object> held = new ArrayList<>();
        if (shape instanceof Lambda lambda && captured != null) {
            for (int i = 0; i < captured.getCapturedArgCount(); i++) {
                Object argument = captured.getCapturedArg(i);
                if (i == 0 && lambda.site().capturesReceiver() && !LambdaSite.isLambda(argument.getClass())) {
                    // Of a receiver the method that is called has been looked at, not the one that makes it a function.
                    if (isFunction(argument)) {
                        held.addAll(heldBy(shape(known.get(argument.getClass()), argument), argument, null));
                    }
                } else if (argument != null) {
                    held.add(argument);
                }
            }
        } else if (shape instanceof Instance instance) {
            for (MethodHandle field : instance.fields()) {
                Object value = get(field, function);
                if (value != null) {
                    held.add(value);
                }
            }
        }
        return held;
    }

    private static @Nullable Object get(MethodHandle field, Object function) {
        try {
            return (Object) field.invokeExact(function);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a field of " + function.getClass().getName() + " can't be read", e);
        }
    }

    // What is known of a class.

    /** How a class is a function. It holds nothing of an instance. */
    private sealed interface Shape {}

    private record Lambda(LambdaSite site) implements Shape {}

    /**
     * An instance of a class with a file.
     *
     * @param methods the methods of its functional interfaces
     * @param fields the getters of the fields that may hold functions
     */
    private record Instance(List<MethodRef> methods, List<MethodHandle> fields) implements Shape {}

    private record NoFunction(String why) implements Shape {}

    /** Must not refer to an {@link IoIndicators}, else the class that it is kept with would hold it for ever. */
    private static final class Known {
        final Map<MethodRef, IoVerdict> bodies = new ConcurrentHashMap<>();
        final Map<Method, IoVerdict> methods = new ConcurrentHashMap<>();
        volatile @Nullable Shape shape;
        volatile @Nullable IoVerdict own;
        /** The whole answer, if it is the same for all instances. */
        volatile @Nullable IoVerdict settled;
    }

    private static final class KnownByClass extends ClassValue<Known> {
        @Override
        protected Known computeValue(Class<?> type) {
            return new Known();
        }
    }

    private static boolean varies(Shape shape) {
        return shape instanceof Lambda lambda
                ? lambda.site().mayCaptureFunctions()
                : shape instanceof Instance instance && !instance.fields().isEmpty();
    }

    /** Classes of the JDK are not kept knowledge of: it would outlive this object with the class of it. */
    private static boolean isOfTheJdk(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
    }

    private static Shape shape(Known knowledge, Object function) {
        Shape shape = knowledge.shape;
        if (shape == null) {
            shape = shape(function);
            knowledge.shape = shape;
        }
        return shape;
    }

    private static Shape shape(Object function) {
        Class<?> type = function.getClass();
        try {
            if (type.isHidden()) {
                LambdaSite site = LambdaSite.isLambda(type) ? LambdaSite.of(function) : null;
                return site == null
                        ? new NoFunction(type.getName() + " is not a serializable lambda and has no class file")
                        : new Lambda(site);
            }
            if (Proxy.isProxyClass(type)) {
                return new NoFunction(type.getName() + " is a proxy and has no class file");
            }
            List<MethodRef> methods = functionMethods(type);
            return methods.isEmpty()
                    ? new NoFunction(type.getName() + " implements no functional interface")
                    : new Instance(methods, functionFields(type));
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // Its module is closed, or a class that it names is missing.
            return new NoFunction(type.getName() + " can't be looked into: " + e);
        }
    }

    /** The methods that make a class a function: those of our own interfaces if it has any, else of all. */
    private static List<MethodRef> functionMethods(Class<?> type) {
        List<Class<?>> functional = parents(type).stream()
                .filter(parent -> parent.isAnnotationPresent(FunctionalInterface.class))
                .toList();
        List<Class<?>> ours = functional.stream()
                .filter(parent -> parent.getPackageName().equals(SPI))
                .toList();
        Set<MethodRef> methods = new LinkedHashSet<>();
        for (Class<?> parent : ours.isEmpty() ? functional : ours) {
            for (Method method : parent.getMethods()) {
                if (Modifier.isAbstract(method.getModifiers()) && !isOfObject(method)) {
                    methods.add(new MethodRef(
                            Type.getInternalName(parent), method.getName(), Type.getMethodDescriptor(method)));
                }
            }
        }
        return List.copyOf(methods);
    }

    private static boolean isOfObject(Method method) {
        try {
            Object.class.getMethod(method.getName(), method.getParameterTypes());
            return true; // such as Comparator.equals
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private static Set<Class<?>> parents(Class<?> type) {
        Set<Class<?>> parents = new LinkedHashSet<>();
        for (Class<?> next = type; next != null; next = next.getSuperclass()) {
            if (parents.add(next)) {
                for (Class<?> direct : next.getInterfaces()) {
                    parents.addAll(parents(direct));
                }
            }
        }
        return parents;
    }

    private static List<MethodHandle> functionFields(Class<?> type) throws IllegalAccessException {
        List<MethodHandle> getters = new ArrayList<>();
        for (Class<?> next = type; next != null && !isOfTheJdk(next); next = next.getSuperclass()) {
            Field[] fields = next.getDeclaredFields();
            for (Field field : fields) {
                if (!Modifier.isStatic(field.getModifiers())
                        && !field.getName()
                                .startsWith("this$") // the object around it: its methods are followed as calls
                        && mayHoldFunction(field.getType())
                        && field.trySetAccessible()) {
                    getters.add(MethodHandles.lookup().unreflectGetter(field).asType(OBJECT_TO_OBJECT));
                }
            }
        }
        return List.copyOf(getters);
    }

    private static boolean mayHoldFunction(Class<?> type) {
        boolean asDeclared = type.isPrimitive() || type.isArray() || Modifier.isFinal(type.getModifiers());
        return !asDeclared || !functionMethods(type).isEmpty();
    }
}

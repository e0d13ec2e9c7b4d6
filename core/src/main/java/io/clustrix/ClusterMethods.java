package io.clustrix;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.worker.MethodCall;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.nio.channels.Channel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The methods of one class that are annotated with {@link Cluster}, checked, and what runs them. For frameworks that
 * intercept calls by themselves, as {@code io.clustrix.guice} does; everybody else uses {@link Clustrix#proxy}.
 *
 * <p>Thread-safe.
 */
public final class ClusterMethods {

    /** What refers to something outside itself and would arrive empty or not at all. */
    private static final List<Class<?>> UNSHIPPABLE = List.of(
            BaseStream.class,
            Iterator.class,
            Enumeration.class,
            Spliterator.class,
            InputStream.class,
            OutputStream.class,
            Reader.class,
            Writer.class,
            Channel.class);

    private final Map<Method, Plan> plans;

    /** How one method is run. */
    private record Plan(ClusterSubmitter submitter, Method called, Method declared, boolean waits) {}

    private ClusterMethods(Map<Method, Plan> plans) {
        this.plans = Map.copyOf(plans);
    }

    /** Whether any method of a class has the annotation, itself or through its class or what it overrides. */
    public static boolean annotated(Class<?> type) {
        return !new ClusterAnnotations(type).annotated().isEmpty();
    }

    /** Whether a method of a class has the annotation, itself or through its class or what it overrides. */
    public static boolean annotated(Class<?> type, Method method) {
        return !method.isSynthetic() && new ClusterAnnotations(type).of(method).isPresent();
    }

    /** What is found out about the methods of one class, and what is wrong with them. */
    private static final class Survey {
        private final Clustrix clustrix;
        private final Class<?> type;
        private final ClusterAnnotations annotations;
        private final List<String> problems = new ArrayList<>();
        private final Map<Method, Plan> plans = new HashMap<>();

        Survey(Clustrix clustrix, Class<?> type) {
            this.clustrix = clustrix;
            this.type = type;
            this.annotations = new ClusterAnnotations(type);
        }

        /**
         * Looks at a method.
         *
         * @param intercepted which method the interceptor sees
         * @param called which one is called on the cluster
         */
        void method(Method intercepted, Method called, ClusterAnnotations.Found found) {
            String place = place(type, called);
            AttributeReader reader = new AttributeReader(place, found, problems);
            int before = problems.size();
            types(place, intercepted);
            String name = simpleName(type) + "." + called.getName();
            CallOptions options = reader.options(name, clustrix.listeners());
            ClusterSubmitter submitter = submitter(reader, options);
            if (submitter != null && problems.size() == before) {
                check(reader, submitter);
                boolean waits = !Future.class.isAssignableFrom(intercepted.getReturnType())
                        && !CompletionStage.class.isAssignableFrom(intercepted.getReturnType());
                plans.put(intercepted, new Plan(submitter, called, intercepted, waits));
            }
        }

        private @Nullable ClusterSubmitter submitter(AttributeReader reader, CallOptions options) {
            try {
                String name = reader.cluster();
                return clustrix.on(name.isEmpty() ? clustrix.cluster() : name, options);
            } catch (ClustrixException e) {
                reader.problem("cluster", String.valueOf(e.getMessage()).replace("\n", "\n  "));
                return null;
            }
        }

        private void check(AttributeReader reader, ClusterSubmitter submitter) {
            try {
                submitter
                        .handle()
                        .check(submitter.jobOptions())
                        .forEach(p -> reader.problem("on cluster " + submitter.cluster(), p));
            } catch (ClustrixException e) {
                reader.problem("on cluster " + submitter.cluster(), String.valueOf(e.getMessage()));
            }
        }

        private void types(String place, Method method) {
            unshippable(method.getGenericReturnType())
                    .ifPresent(t -> problems.add(place + ": return type: " + t
                            + " can't be sent from one machine to another; return a collection or an array"));
            int i = 1;
            for (Type t : method.getGenericParameterTypes()) {
                int n = i++;
                unshippable(t)
                        .ifPresent(u -> problems.add(place + ": parameter " + n + ": " + u
                                + " can't be sent from one machine to another; pass a collection, an array or a path"));
            }
            Class<?> r = method.getReturnType();
            if ((Future.class.isAssignableFrom(r) || CompletionStage.class.isAssignableFrom(r))
                    && !r.isAssignableFrom(JobFuture.class)) {
                problems.add(place + ": return type: the future is a JobFuture and can't be given as a " + r.getName()
                        + "; return a CompletableFuture");
            }
        }

        private static Optional<String> unshippable(Type type) {
            if (type instanceof Class<?> c) {
                return UNSHIPPABLE.stream()
                        .filter(u -> u.isAssignableFrom(c))
                        .findFirst()
                        .map(u -> c.getSimpleName());
            }
            if (type instanceof ParameterizedType p) {
                Optional<String> raw = unshippable(p.getRawType());
                return raw.isPresent()
                        ? raw
                        : Arrays.stream(p.getActualTypeArguments())
                                .map(Survey::unshippable)
                                .flatMap(Optional::stream)
                                .findFirst();
            }
            return Optional.empty();
        }

        ClusterMethods done() {
            if (!problems.isEmpty()) {
                Collections.sort(problems); // the JVM gives methods in no order
                throw new ConfigurationException(
                        problems.size() == 1
                                ? "@Cluster makes no sense here: " + problems.get(0)
                                : "@Cluster makes no sense in " + problems.size() + " places:\n  "
                                        + String.join("\n  ", problems));
            }
            return new ClusterMethods(plans);
        }
    }

    private static String place(Class<?> type, Method method) {
        String parameters = Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", "));
        return type.getName() + "." + method.getName() + "(" + parameters + ")";
    }

    /** For the name of a job: an anonymous class has no simple one. */
    private static String simpleName(Class<?> type) {
        if (type.isHidden()) {
            return type.getNestHost().getSimpleName();
        }
        String name = type.getName();
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }

    // ---------------------------------------------------------------- classes whose calls are intercepted

    /**
     * Checks the annotated methods of a class that somebody makes an intercepting subclass of.
     *
     * @param type the class as it was written
     * @throws ConfigurationException if an annotation makes no sense, or is on a method that can't be intercepted
     *     because it is static, private or final; the message names every problem with class, method and attribute
     */
    public static ClusterMethods ofClass(Clustrix clustrix, Class<?> type) {
        Survey survey = new Survey(clustrix, type);
        if (Modifier.isFinal(type.getModifiers()) || Modifier.isPrivate(type.getModifiers())) {
            survey.problems.add(type.getName() + ": the class is "
                    + (Modifier.isFinal(type.getModifiers()) ? "final" : "private")
                    + ", so calls of its methods can't be intercepted");
        }
        for (Method method : survey.annotations.annotated()) {
            if (Modifier.isAbstract(method.getModifiers()) || survey.annotations.isOverridden(method)) {
                continue;
            }
            ClusterAnnotations.Found found = survey.annotations.of(method).orElseThrow();
            int m = method.getModifiers();
            String hindrance = Modifier.isStatic(m)
                    ? "static"
                    : Modifier.isPrivate(m) ? "private" : Modifier.isFinal(m) ? "final" : "";
            if (!hindrance.isEmpty()) {
                // A class-level annotation means methods of objects.
                if (found.own() != null || !Modifier.isStatic(m)) {
                    survey.problems.add(place(type, method) + ": the method is " + hindrance
                            + ", so calls of it can't be intercepted; make it an overridable method");
                }
            } else if (!ClusterMethods.annotated(method.getDeclaringClass(), method)) {
                survey.problems.add(
                        place(type, method) + ": the method is inherited from a class that doesn't know of the"
                                + " annotation; override it in " + type.getName());
            } else {
                survey.method(method, method, found);
            }
        }
        return survey.done();
    }

    /** Whether calls of this method are to be handed to {@link #call}. */
    public boolean contains(Method method) {
        return plans.containsKey(method);
    }

    /**
     * Runs a method on its cluster.
     *
     * @param target the object that it is called on; it is shipped, so it must not be of an intercepting class
     * @param method one that this {@linkplain #contains contains}
     * @param arguments what it is called with; {@code null} for nothing
     * @return its result, or a {@link JobFuture} if it returns a future
     * @throws Throwable what the method throws there, as it is if it is unchecked or the method declares it
     */
    public @Nullable Object call(Object target, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        Plan plan = Objects.requireNonNull(plans.get(method), () -> method + " is not one of these methods");
        MethodCall call = new MethodCall(plan.called, target, arguments == null ? new Object[0] : arguments);
        return plan.waits
                ? waited(plan.submitter.submit(call), plan.declared)
                : plan.submitter.submit(new JoinedCall(call));
    }

    private static @Nullable Object waited(JobFuture<@Nullable Object> future, Method method) throws Throwable {
        List<Class<?>> declared = List.of(method.getExceptionTypes());
        try {
            return future.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof RuntimeException
                    || cause instanceof Error
                    || declared.stream().anyMatch(d -> d.isInstance(cause))) {
                throw cause;
            }
            throw new CompletionException(
                    place(method.getDeclaringClass(), method) + " threw a checked exception that it does not declare: "
                            + Observers.described(cause),
                    cause);
        } catch (InterruptedException e) {
            future.cancel(true);
            if (declared.stream().anyMatch(d -> d.isInstance(e))) {
                throw e;
            }
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while waiting for "
                    + place(method.getDeclaringClass(), method) + "; the job was cancelled");
            cancelled.initCause(e);
            throw cancelled;
        }
    }

    // ---------------------------------------------------------------- interfaces

    @SuppressWarnings("ReferenceEquality") // a proxy equals itself
    static <T> T proxy(Clustrix clustrix, Class<T> type, T implementation) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(
                    type.getName() + " is no interface, and a proxy can only be made for one;"
                            + " io.clustrix.guice.ClustrixModule can do it for classes that Guice makes");
        }
        ClusterMethods methods = ofInterface(clustrix, type, implementation.getClass());
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (methods.contains(method)) {
                        return methods.call(implementation, method, arguments);
                    }
                    if (method.getName().equals("equals")
                            && method.getDeclaringClass() == Object.class
                            && arguments != null) {
                        return self == arguments[0] || implementation.equals(arguments[0]);
                    }
                    method.setAccessible(true);
                    try {
                        return method.invoke(implementation, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
        return type.cast(proxy);
    }

    private static ClusterMethods ofInterface(Clustrix clustrix, Class<?> type, Class<?> implementation) {
        Survey survey = new Survey(clustrix, implementation);
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers()) && !method.isSynthetic()) {
                Method called = implemented(method, implementation);
                survey.annotations
                        .of(called)
                        .or(() -> survey.annotations.of(method))
                        .ifPresent(found -> survey.method(method, called, found));
            }
        }
        for (Method method : survey.annotations.annotated()) {
            int m = method.getModifiers();
            if (method.isAnnotationPresent(Cluster.class) && (Modifier.isStatic(m) || Modifier.isPrivate(m))) {
                survey.problems.add(place(implementation, method) + ": the method is "
                        + (Modifier.isStatic(m) ? "static" : "private")
                        + ", so it can't be called through a proxy; make it a method of " + type.getName());
            }
        }
        if (survey.plans.isEmpty() && survey.problems.isEmpty()) {
            survey.problems.add(type.getName() + ": none of its methods is annotated, nor is the one of "
                    + implementation.getName() + " that implements it");
        }
        return survey.done();
    }

    /** What runs when an interface's method is called on the implementation. */
    private static Method implemented(Method method, Class<?> implementation) {
        if (implementation.isHidden() || Proxy.isProxyClass(implementation)) {
            return method; // their methods can't be found by name in another JVM
        }
        try {
            return implementation.getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException e) {
            return method;
        }
    }
}

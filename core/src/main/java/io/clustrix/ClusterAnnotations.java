package io.clustrix;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the annotations that hold for a method: its own, or that of what it overrides or implements; and those of the
 * classes.
 */
final class ClusterAnnotations {

    /**
     * What holds for a method.
     *
     * @param own on the method
     * @param type on its class, where the method's says nothing
     */
    record Found(@Nullable Cluster own, @Nullable Cluster type) {}

    private final List<Class<?>> lineage;

    /**
     * For the methods of a class.
     *
     * @param type the class; it goes first, then its superclasses, then all interfaces
     */
    ClusterAnnotations(Class<?> type) {
        Set<Class<?>> all = new LinkedHashSet<>();
        for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
            all.add(c);
        }
        for (Class<?> c : List.copyOf(all)) {
            interfaces(c, all);
        }
        lineage = List.copyOf(all);
    }

    private static void interfaces(Class<?> type, Set<Class<?>> into) {
        for (Class<?> i : type.getInterfaces()) {
            into.add(i);
            interfaces(i, into);
        }
    }

    /** The annotations of a method of this class, or of an interface that it implements; empty if there are none. */
    Optional<Found> of(Method method) {
        Cluster own = null;
        Cluster type = null;
        for (Class<?> c : lineage) {
            Method m = declared(c, method);
            if (m != null) {
                own = own == null ? m.getAnnotation(Cluster.class) : own;
                type = type == null && Modifier.isPublic(m.getModifiers()) ? c.getAnnotation(Cluster.class) : type;
            }
        }
        return own == null && type == null ? Optional.empty() : Optional.of(new Found(own, type));
    }

    private static @Nullable Method declared(Class<?> type, Method like) {
        try {
            Method m = type.getDeclaredMethod(like.getName(), like.getParameterTypes());
            return Modifier.isStatic(m.getModifiers()) == Modifier.isStatic(like.getModifiers()) ? m : null;
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    /**
     * All methods that are written in the class, its superclasses and its interfaces, and that have an annotation that
     * holds.
     */
    List<Method> annotated() {
        List<Method> methods = new ArrayList<>();
        for (Class<?> c : lineage) {
            for (Method m : c.getDeclaredMethods()) {
                if (!m.isSynthetic() && of(m).isPresent()) {
                    methods.add(m);
                }
            }
        }
        return methods;
    }

    /** Whether a class nearer to this one has a method in its place. */
    boolean isOverridden(Method method) {
        for (Class<?> c : lineage) {
            Method m = declared(c, method);
            if (m != null) {
                return !m.equals(method) && !Modifier.isPrivate(method.getModifiers());
            }
        }
        return false;
    }
}

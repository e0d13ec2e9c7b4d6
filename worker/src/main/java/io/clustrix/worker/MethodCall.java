package io.clustrix.worker;

import io.clustrix.spi.RemoteCallable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call of a method as a task: how an annotated method travels.
 *
 * <p>The fields are written by the serializer; {@code target} and {@code arguments} need not be
 * {@link java.io.Serializable} for every serializer.
 */
@SuppressWarnings("serial") // whether the target and the arguments can be written is told when they are
public final class MethodCall implements RemoteCallable<@Nullable Object> {
    private static final long serialVersionUID = 1L;

    private final Class<?> declaring;
    private final String method;
    private final Class<?>[] parameters;
    private final @Nullable Object target;
    private final @Nullable Object[] arguments;

    /**
     * A call of {@code method} of {@code target} with these arguments.
     *
     * @param method a method of the target's class or of one above it
     * @param target whose method it is; null for a static method
     */
    public MethodCall(Method method, @Nullable Object target, @Nullable Object[] arguments) {
        this.declaring = method.getDeclaringClass();
        this.method = method.getName();
        this.parameters = method.getParameterTypes();
        this.target = target;
        this.arguments = arguments.clone();
    }

    /** Whose method is called; null for a static method. */
    public @Nullable Object target() {
        return target;
    }

    /** What it is called with. */
    public @Nullable Object[] arguments() {
        return arguments.clone();
    }

    /**
     * The method that is called.
     *
     * @throws NoSuchMethodException if the class here lacks it
     */
    public Method method() throws NoSuchMethodException {
        return declaring.getDeclaredMethod(method, parameters);
    }

    /** Calls the method. What it throws comes out as it is. */
    @Override
    public @Nullable Object call() throws Exception {
        Method m = method();
        m.setAccessible(true);
        try {
            return m.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            Throwable thrown = Objects.requireNonNull(e.getCause());
            if (thrown instanceof Exception x) {
                throw x;
            }
            if (thrown instanceof Error x) {
                throw x;
            }
            throw e;
        }
    }

    /** As a person would write it, without the arguments' values. */
    @Override
    public String toString() {
        return declaring.getSimpleName() + "." + method
                + Arrays.toString(parameters).replace('[', '(').replace(']', ')');
    }
}

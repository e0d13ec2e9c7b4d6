package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Serializable lambdas and method references of the user's classes, as {@link SerializedLambda} describes them: by
 * name, with the captured values. That class has public accessors and a public constructor, so no {@code --add-opens}
 * is needed.
 */
final class Lambdas extends Late<Object> {

    /** By the class of a lambda: its method {@code writeReplace}. */
    private final IdentityHashMap<Class<?>, Method> describers = new IdentityHashMap<>();

    /** By the class whose source has the lambda: its method {@code $deserializeLambda$}. */
    private final IdentityHashMap<Class<?>, Method> makers = new IdentityHashMap<>();

    /** Whether a class is one that the JVM made for a lambda or method reference. */
    static boolean isLambda(Class<?> type) {
        return type.isHidden() && type.isSynthetic() && type.getName().indexOf("$$Lambda") >= 0;
    }

    /**
     * Makes ready for a lambda's class.
     *
     * @throws java.lang.reflect.InaccessibleObjectException if it is not open to reflection
     */
    void prepare(Class<?> type) {
        try {
            Method describer = type.getDeclaredMethod("writeReplace");
            describer.setAccessible(true);
            describers.put(type, describer);
        } catch (NoSuchMethodException e) {
            throw new SerializationException(
                    "the lambda " + type.getName() + " has no writeReplace method", List.of(), e);
        }
    }

    @Override
    void writeParts(Graph graph, BufferedSink out, Object lambda) {
        SerializedLambda l;
        try {
            Method describer = describers.get(lambda.getClass());
            if (describer == null) {
                throw new IllegalStateException(
                        "not prepared: " + lambda.getClass().getName());
            }
            l = (SerializedLambda) describer.invoke(lambda);
        } catch (ReflectiveOperationException e) {
            throw new SerializationException(
                    "the lambda " + lambda.getClass().getName() + " can't be described", List.of(), e);
        }
        out.writeString(l.getCapturingClass());
        writeUnlessSame(out, l.getImplClass(), l.getCapturingClass());
        out.writeString(l.getFunctionalInterfaceClass());
        out.writeString(l.getFunctionalInterfaceMethodName());
        out.writeString(l.getFunctionalInterfaceMethodSignature());
        out.writeByte(l.getImplMethodKind());
        out.writeString(l.getImplMethodName());
        out.writeString(l.getImplMethodSignature());
        writeUnlessSame(out, l.getInstantiatedMethodType(), l.getImplMethodSignature());
        int count = l.getCapturedArgCount();
        out.writeVarInt(count, true);
        for (int i = 0; i < count; i++) {
            graph.write(out, l.getCapturedArg(i));
        }
    }

    private static void writeUnlessSame(BufferedSink out, String text, String before) {
        out.writeString(text.equals(before) ? null : text);
    }

    private static String readUnlessSame(BufferedSource in, String before) {
        String text = in.readString();
        return text == null ? before : text;
    }

    @Override
    Object readParts(Graph graph, BufferedSource in, Class<?> type) {
        String capturing = text(in);
        String implClass = readUnlessSame(in, capturing);
        String function = text(in);
        String method = text(in);
        String signature = text(in);
        int kind = in.readByte();
        String implMethod = text(in);
        String implSignature = text(in);
        String instantiated = readUnlessSame(in, implSignature);
        @Nullable Object[] captured = new @Nullable Object[in.readLength(1)];
        for (int i = 0; i < captured.length; i++) {
            captured[i] = graph.read(in);
        }
        Class<?> owner = graph.tags().find(capturing.replace('/', '.'));
        try {
            return maker(owner)
                    .invoke(
                            null,
                            new SerializedLambda(
                                    owner,
                                    function,
                                    method,
                                    signature,
                                    kind,
                                    implClass,
                                    implMethod,
                                    implSignature,
                                    instantiated,
                                    captured));
        } catch (InvocationTargetException e) {
            throw unknown(owner, implMethod, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw unknown(owner, implMethod, e);
        }
    }

    private Method maker(Class<?> owner) throws NoSuchMethodException {
        Method maker = makers.get(owner);
        if (maker == null) {
            maker = owner.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
            maker.setAccessible(true);
            makers.put(owner, maker);
        }
        return maker;
    }

    private static SerializationException unknown(Class<?> owner, String method, @Nullable Throwable cause) {
        return new SerializationException(
                "the class " + owner.getName() + " has no lambda " + method + " here",
                List.of("give the driver and the worker the same jars"),
                cause);
    }

    private static String text(BufferedSource in) {
        String text = in.readString();
        if (text == null) {
            throw new SerializationException("the bytes can't be read: a part of a lambda's description is missing");
        }
        return text;
    }
}

package io.clustrix.local;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A place in the code that makes serializable lambdas or method references; it has one class at run time, whatever it
 * captures. What it calls is told by the {@code writeReplace} that the JDK gives every serializable lambda
 * ({@link SerializedLambda}).
 *
 * @param implementation the body of the lambda, or the method referred to
 * @param dynamic whether the class of the receiver chooses the implementation
 * @param capturesReceiver whether the first captured argument is the object that the implementation is called on
 * @param mayCaptureFunctions whether an instance may hold other functions, or a receiver that matters
 * @param writeReplace takes an instance and returns its {@link SerializedLambda}
 */
record LambdaSite(
        MethodRef implementation,
        boolean dynamic,
        boolean capturesReceiver,
        boolean mayCaptureFunctions,
        MethodHandle writeReplace) {

    private static final MethodType OBJECT_TO_OBJECT = MethodType.methodType(Object.class, Object.class);

    /** Whether this is the class of a lambda or method reference. */
    static boolean isLambda(Class<?> type) {
        return type.isHidden() && type.isSynthetic();
    }

    /**
     * Looks at one of the lambdas of a site.
     *
     * @return {@code null} if it is not serializable
     * @throws ReflectiveOperationException if its class can't be looked into
     * @throws RuntimeException if its module doesn't allow it
     */
    static @Nullable LambdaSite of(Object lambda) throws ReflectiveOperationException {
        Method method;
        try {
            method = lambda.getClass().getDeclaredMethod("writeReplace");
        } catch (NoSuchMethodException e) {
            return null;
        }
        method.setAccessible(true);
        // A method handle: Method.invoke on a hidden class stays native for ever on 17, ten times slower.
        MethodHandle writeReplace = MethodHandles.lookup().unreflect(method).asType(OBJECT_TO_OBJECT);
        SerializedLambda form = serialized(writeReplace, lambda);
        if (form == null) {
            return null;
        }
        int kind = form.getImplMethodKind();
        boolean onInstance =
                kind == Opcodes.H_INVOKEVIRTUAL || kind == Opcodes.H_INVOKEINTERFACE || kind == Opcodes.H_INVOKESPECIAL;
        boolean capturesReceiver = onInstance && form.getCapturedArgCount() > 0;
        return new LambdaSite(
                new MethodRef(form.getImplClass(), form.getImplMethodName(), form.getImplMethodSignature()),
                kind == Opcodes.H_INVOKEVIRTUAL || kind == Opcodes.H_INVOKEINTERFACE,
                capturesReceiver,
                capturesReceiver || mayCaptureFunctions(form),
                writeReplace);
    }

    private static boolean mayCaptureFunctions(SerializedLambda form) {
        Type[] parameters = Type.getArgumentTypes(form.getImplMethodSignature());
        for (int i = 0; i < form.getCapturedArgCount() && i < parameters.length; i++) {
            if (mayBeFunction(parameters[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayBeFunction(Type type) {
        return type.getSort() == Type.OBJECT
                && switch (type.getInternalName()) {
                    case "java/lang/String",
                            "java/lang/Integer",
                            "java/lang/Long",
                            "java/lang/Double",
                            "java/lang/Float",
                            "java/lang/Short",
                            "java/lang/Byte",
                            "java/lang/Character",
                            "java/lang/Boolean" -> false;
                    default -> true;
                };
    }

    /** What a lambda of this site holds now. */
    @Nullable
    SerializedLambda serialized(Object lambda) {
        return serialized(writeReplace, lambda);
    }

    private static @Nullable SerializedLambda serialized(MethodHandle writeReplace, Object lambda) {
        Object form;
        try {
            form = (Object) writeReplace.invokeExact(lambda);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "writeReplace of " + lambda.getClass().getName() + " failed", e);
        }
        return form instanceof SerializedLambda serialized ? serialized : null;
    }
}

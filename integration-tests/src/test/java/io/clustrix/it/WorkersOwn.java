package io.clustrix.it;

import java.lang.invoke.MethodHandles;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** An exception whose class is made where a task runs, so that the driver does not have it. */
public final class WorkersOwn {
    /** The name of that class. */
    public static final String NAME = "io.clustrix.it.OnlyHere";

    private WorkersOwn() {}

    /** One of them, with the message {@code from afar}. */
    public static RuntimeException exception() throws ReflectiveOperationException {
        ClassWriter w = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        w.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, NAME.replace('.', '/'), null, "java/lang/RuntimeException", null);
        MethodVisitor m = w.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        m.visitCode();
        m.visitVarInsn(Opcodes.ALOAD, 0);
        m.visitLdcInsn("from afar");
        m.visitMethodInsn(
                Opcodes.INVOKESPECIAL, "java/lang/RuntimeException", "<init>", "(Ljava/lang/String;)V", false);
        m.visitInsn(Opcodes.RETURN);
        m.visitMaxs(0, 0);
        m.visitEnd();
        w.visitEnd();
        return (RuntimeException) MethodHandles.lookup()
                .defineClass(w.toByteArray())
                .getDeclaredConstructor()
                .newInstance();
    }
}

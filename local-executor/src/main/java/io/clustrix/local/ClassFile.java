package io.clustrix.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * What the scan needs of a class file: who its parents are and what its methods call.
 *
 * @param superName the superclass, with slashes; {@code null} for Object
 * @param interfaces the direct interfaces
 * @param anonymous whether it is an anonymous class
 * @param source the name of the source file if the class file tells
 * @param bodies the methods with code, by name and descriptor
 */
record ClassFile(
        @Nullable String superName,
        List<String> interfaces,
        boolean anonymous,
        @Nullable String source,
        Map<String, Body> bodies) {

    /**
     * A method with code.
     *
     * @param isPrivate whether subclasses can't override it
     * @param calls what it calls, in the order of the code
     * @param source the name of the source file if the class file tells
     */
    record Body(
            MethodRef method,
            boolean isPrivate,
            List<Call> calls,
            @Nullable String source) {}

    /**
     * A call, or a method handed on as a lambda or a method reference: it is taken for called.
     *
     * @param dynamic whether the receiver's class chooses the implementation
     * @param line the line of the source, 0 if the class file doesn't tell
     */
    record Call(MethodRef target, boolean dynamic, int line) {}

    /**
     * Reads a class file.
     *
     * @throws IllegalArgumentException if it is newer than ASM knows
     * @throws RuntimeException if it is broken in any other way
     */
    static ClassFile parse(byte[] bytes) {
        Reading reading = new Reading();
        new ClassReader(bytes).accept(reading, ClassReader.SKIP_FRAMES);
        return new ClassFile(
                reading.superName,
                List.copyOf(reading.interfaces),
                reading.anonymous,
                reading.source,
                Map.copyOf(reading.bodies));
    }

    private static final class Reading extends ClassVisitor {
        private String name = "";
        private @Nullable String superName;
        private List<String> interfaces = List.of();
        private boolean anonymous;
        private @Nullable String source;
        private final Map<String, Body> bodies = new HashMap<>();

        Reading() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(
                int version,
                int access,
                String className,
                @Nullable String signature,
                @Nullable String superclass,
                String @Nullable [] directInterfaces) {
            name = className;
            superName = superclass;
            interfaces = directInterfaces == null ? List.of() : List.of(directInterfaces);
        }

        @Override
        public void visitSource(@Nullable String file, @Nullable String debug) {
            source = file;
        }

        @Override
        public void visitInnerClass(String inner, @Nullable String outer, @Nullable String simpleName, int access) {
            if (inner.equals(name) && simpleName == null) {
                anonymous = true;
            }
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access,
                String method,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0) {
                return null;
            }
            List<Call> calls = new ArrayList<>();
            MethodRef ref = new MethodRef(name, method, descriptor);
            // The list is filled while the code is visited, after the body is made.
            bodies.put(method + descriptor, new Body(ref, (access & Opcodes.ACC_PRIVATE) != 0, calls, source));
            return new Calls(calls);
        }
    }

    private static final class Calls extends MethodVisitor {
        private final List<Call> calls;
        private int line;

        Calls(List<Call> calls) {
            super(Opcodes.ASM9);
            this.calls = calls;
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            boolean dynamic = opcode == Opcodes.INVOKEVIRTUAL || opcode == Opcodes.INVOKEINTERFACE;
            calls.add(new Call(new MethodRef(owner, name, descriptor), dynamic, line));
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            if (opcode == Opcodes.GETSTATIC && owner.equals("java/lang/System") && name.equals("in")) {
                calls.add(new Call(new MethodRef(owner, name, descriptor), false, line));
            }
        }

        @Override
        public void visitInvokeDynamicInsn(
                String name, String descriptor, Handle bootstrap, Object... bootstrapArguments) {
            for (Object argument : bootstrapArguments) {
                if (argument instanceof Handle handle && handle.getTag() >= Opcodes.H_INVOKEVIRTUAL) {
                    boolean dynamic =
                            handle.getTag() == Opcodes.H_INVOKEVIRTUAL || handle.getTag() == Opcodes.H_INVOKEINTERFACE;
                    MethodRef target = new MethodRef(handle.getOwner(), handle.getName(), handle.getDesc());
                    calls.add(new Call(target, dynamic, line));
                }
            }
        }
    }
}

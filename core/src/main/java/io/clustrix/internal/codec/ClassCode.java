package io.clustrix.internal.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * What must be known of a class file to see what a task needs: names with slashes.
 *
 * @param parents the superclass and the direct interfaces
 * @param bodies the methods with code, by name and descriptor
 * @param named all classes that the file names, and texts that look as if they did
 */
record ClassCode(List<String> parents, Map<String, Body> bodies, Set<String> named) {

    /** A field or a method of a class; {@code type} is its descriptor. */
    record Member(String owner, String name, String type) {}

    /**
     * A method's code.
     *
     * @param calls what it calls, or hands on as a lambda or a method reference
     * @param reads the static fields that it reads
     * @param made the classes that it makes objects of or has as constants
     */
    record Body(List<Member> calls, List<Member> reads, List<String> made) {}

    private static final Pattern DESCRIBED = Pattern.compile("L([^;<>()\\[.: ]+)[;<]");

    private static final int CLASS_TAG = 7;
    private static final int TEXT_TAG = 1;

    /**
     * Reads a class file.
     *
     * @throws RuntimeException if it is newer than ASM knows, or broken
     */
    static ClassCode parse(byte[] bytes) {
        Reading reading = new Reading();
        ClassReader reader = new ClassReader(bytes);
        reader.accept(reading, ClassReader.SKIP_FRAMES | ClassReader.SKIP_DEBUG);
        return new ClassCode(List.copyOf(reading.parents), Map.copyOf(reading.bodies), named(reader, bytes));
    }

    /** From the pool of constants, which has the names of attributes' classes and of generic types too. */
    private static Set<String> named(ClassReader reader, byte[] bytes) {
        Set<String> names = new HashSet<>();
        char[] buffer = new char[reader.getMaxStringLength()];
        for (int i = 1; i < reader.getItemCount(); i++) {
            int at = reader.getItem(i); // just behind the tag; 0 for the second half of a long
            if (at == 0) {
                continue;
            }
            if (bytes[at - 1] == CLASS_TAG) {
                String name = reader.readUTF8(at, buffer);
                if (name != null && !name.startsWith("[")) {
                    names.add(name);
                }
            } else if (bytes[at - 1] == TEXT_TAG) {
                int length = reader.readUnsignedShort(at);
                Matcher described = DESCRIBED.matcher(new String(bytes, at + 2, length, StandardCharsets.UTF_8));
                while (described.find()) {
                    names.add(described.group(1));
                }
            }
        }
        return names;
    }

    private static final class Reading extends ClassVisitor {
        private final List<String> parents = new ArrayList<>();
        private final Map<String, Body> bodies = new HashMap<>();

        Reading() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(
                int version,
                int access,
                String name,
                @Nullable String signature,
                @Nullable String superName,
                String @Nullable [] interfaces) {
            if (superName != null) {
                parents.add(superName);
            }
            if (interfaces != null) {
                parents.addAll(List.of(interfaces));
            }
        }

        @Override
        public MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            Body body = new Body(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            bodies.put(name + descriptor, body);
            return new Code(body);
        }
    }

    private static final class Code extends MethodVisitor {
        private final Body body;

        Code(Body body) {
            super(Opcodes.ASM9);
            this.body = body;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            body.calls.add(new Member(owner, name, descriptor));
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            if (opcode == Opcodes.GETSTATIC) {
                body.reads.add(new Member(owner, name, descriptor));
            }
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            if (opcode == Opcodes.NEW) {
                body.made.add(type);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            for (Object argument : arguments) {
                constant(argument);
            }
        }

        @Override
        public void visitLdcInsn(Object value) {
            constant(value);
        }

        private void constant(Object value) {
            if (value instanceof Handle h) {
                switch (h.getTag()) {
                    case Opcodes.H_GETSTATIC -> body.reads.add(new Member(h.getOwner(), h.getName(), h.getDesc()));
                    case Opcodes.H_GETFIELD, Opcodes.H_PUTFIELD, Opcodes.H_PUTSTATIC -> {
                        // no code is called
                    }
                    default -> body.calls.add(new Member(h.getOwner(), h.getName(), h.getDesc()));
                }
                if (h.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
                    body.made.add(h.getOwner());
                }
            } else if (value instanceof Type t && t.getSort() == Type.OBJECT) {
                body.made.add(t.getInternalName());
            } else if (value instanceof ConstantDynamic c) {
                for (int i = 0; i < c.getBootstrapMethodArgumentCount(); i++) {
                    constant(c.getBootstrapMethodArgument(i));
                }
            }
        }
    }
}

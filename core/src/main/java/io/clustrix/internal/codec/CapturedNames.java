package io.clustrix.internal.codec;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of the variables that a lambda captured, from the table of local variables that compilers put into class
 * files for debuggers. Source: The Java Virtual Machine Specification 17, 4.1 to 4.7.13.
 */
final class CapturedNames {

    private CapturedNames() {}

    /** In their order, without {@code this}; empty if the class file does not tell. */
    static List<String> of(Class<?> owner, SerializedLambda lambda) {
        ClassLoader loader = owner.getClassLoader();
        String file = lambda.getImplClass() + ".class";
        try (InputStream in = loader == null ? null : loader.getResourceAsStream(file)) {
            return in == null ? List.of() : read(in.readAllBytes(), lambda);
        } catch (IOException | RuntimeException e) {
            return List.of(); // an unusual class file: numbers must do
        }
    }

    private static List<String> read(byte[] bytes, SerializedLambda lambda) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        in.skipNBytes(8); // magic and version
        @Nullable String[] texts = texts(in);
        in.skipNBytes(6); // flags, this, super
        in.skipNBytes(2L * in.readUnsignedShort()); // interfaces
        for (int fields = in.readUnsignedShort(); fields > 0; fields--) {
            in.skipNBytes(6);
            skipAttributes(in);
        }
        for (int methods = in.readUnsignedShort(); methods > 0; methods--) {
            in.skipNBytes(2);
            String name = texts[in.readUnsignedShort()];
            String type = texts[in.readUnsignedShort()];
            if (lambda.getImplMethodName().equals(name)
                    && lambda.getImplMethodSignature().equals(type)) {
                return names(in, texts, lambda);
            }
            skipAttributes(in);
        }
        return List.of();
    }

    /** The constant pool, of which only texts matter. */
    private static @Nullable String[] texts(DataInputStream in) throws IOException {
        @Nullable String[] texts = new String[in.readUnsignedShort()];
        for (int i = 1; i < texts.length; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case 1 -> texts[i] = in.readUTF();
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
                case 5, 6 -> { // long and double take two places
                    in.skipNBytes(8);
                    i++;
                }
                case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
                case 15 -> in.skipNBytes(3);
                default -> throw new IOException("unknown constant " + tag);
            }
        }
        return texts;
    }

    private static void skipAttributes(DataInputStream in) throws IOException {
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            in.skipNBytes(2);
            in.skipNBytes(in.readInt());
        }
    }

    private static List<String> names(DataInputStream in, @Nullable String[] texts, SerializedLambda lambda)
            throws IOException {
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            String attribute = texts[in.readUnsignedShort()];
            int length = in.readInt();
            if ("Code".equals(attribute)) {
                in.skipNBytes(4); // stack and locals
                in.skipNBytes(in.readInt()); // the instructions
                in.skipNBytes(8L * in.readUnsignedShort()); // exception handlers
                return variables(in, texts, lambda);
            }
            in.skipNBytes(length);
        }
        return List.of();
    }

    private static List<String> variables(DataInputStream in, @Nullable String[] texts, SerializedLambda lambda)
            throws IOException {
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            String attribute = texts[in.readUnsignedShort()];
            int length = in.readInt();
            if (!"LocalVariableTable".equals(attribute)) {
                in.skipNBytes(length);
                continue;
            }
            @Nullable String[] bySlot = new String[256];
            for (int entries = in.readUnsignedShort(); entries > 0; entries--) {
                int start = in.readUnsignedShort();
                in.skipNBytes(2);
                String name = texts[in.readUnsignedShort()];
                in.skipNBytes(2);
                int slot = in.readUnsignedShort();
                if (start == 0 && slot < bySlot.length) { // a parameter lives from the first instruction
                    bySlot[slot] = name;
                }
            }
            return parameters(bySlot, lambda);
        }
        return List.of();
    }

    /** The captured values are the first parameters of the method that has the lambda's body. */
    private static List<String> parameters(@Nullable String[] bySlot, SerializedLambda lambda) {
        boolean isStatic = lambda.getImplMethodKind() == MethodHandleInfo.REF_invokeStatic;
        int captured = lambda.getCapturedArgCount() - (isStatic ? 0 : 1);
        String types = lambda.getImplMethodSignature();
        List<String> names = new ArrayList<>();
        int slot = isStatic ? 0 : 1;
        int at = 1;
        for (int i = 0; i < captured && types.charAt(at) != ')'; i++) {
            String name = bySlot[slot];
            if (name == null) {
                return List.of();
            }
            names.add(name);
            char kind = types.charAt(at);
            slot += kind == 'J' || kind == 'D' ? 2 : 1;
            while (types.charAt(at) == '[') {
                at++;
            }
            at = types.charAt(at) == 'L' ? types.indexOf(';', at) + 1 : at + 1;
        }
        return names;
    }
}

package io.clustrix.serializer.kryo;

/** Strings, numbers, and the other values that the language has literals for. */
final class Boxed extends Encoding<Object> {
    static final int INTEGER = 1;
    static final int STRING = 2;
    static final int LONG = 3;
    static final int DOUBLE = 4;
    static final int BOOLEAN = 5;
    static final int FLOAT = 6;
    static final int CHARACTER = 7;
    static final int SHORT = 8;
    static final int BYTE = 9;

    private final int kind;

    Boxed(int kind) {
        this.kind = kind;
    }

    @Override
    void write(Graph graph, BufferedSink out, Object value) {
        switch (kind) {
            case INTEGER -> out.writeVarInt((Integer) value, false);
            case STRING -> out.writeString((String) value);
            case LONG -> out.writeVarLong((Long) value, false);
            case DOUBLE -> out.writeDouble((Double) value);
            case BOOLEAN -> out.writeBoolean((Boolean) value);
            case FLOAT -> out.writeFloat((Float) value);
            case CHARACTER -> out.writeChar((Character) value);
            case SHORT -> out.writeShort((Short) value);
            default -> out.writeByte((Byte) value);
        }
    }

    @Override
    Object read(Graph graph, BufferedSource in, Class<?> type, int id) {
        return switch (kind) {
            case INTEGER -> in.readVarInt(false);
            case STRING -> in.readString();
            case LONG -> in.readVarLong(false);
            case DOUBLE -> in.readDouble();
            case BOOLEAN -> in.readBoolean();
            case FLOAT -> in.readFloat();
            case CHARACTER -> in.readChar();
            case SHORT -> in.readShort();
            default -> in.readByte();
        };
    }
}

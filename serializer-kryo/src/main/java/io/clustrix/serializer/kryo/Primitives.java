package io.clustrix.serializer.kryo;

import java.nio.ByteBuffer;

/** The arrays of primitives that are written as a whole. */
enum Primitives {
    BYTE(byte[].class, 0),
    SHORT(short[].class, 1),
    CHAR(char[].class, 1),
    INT(int[].class, 2),
    FLOAT(float[].class, 2),
    LONG(long[].class, 3),
    DOUBLE(double[].class, 3);

    private static final Primitives[] ALL = values();

    private final Class<?> arrayType;
    private final int shift;

    Primitives(Class<?> arrayType, int shift) {
        this.arrayType = arrayType;
        this.shift = shift;
    }

    /** In the order in which they stand here, which is a part of the stream's format. */
    static Primitives at(int position) {
        return ALL[position];
    }

    Class<?> arrayType() {
        return arrayType;
    }

    /** The binary logarithm of an element's size in bytes. */
    int shift() {
        return shift;
    }

    /** Copies elements of an array to the buffer's position. */
    void put(ByteBuffer target, Object array, int from, int count) {
        switch (this) {
            case BYTE -> target.put((byte[]) array, from, count);
            case SHORT -> target.asShortBuffer().put((short[]) array, from, count);
            case CHAR -> target.asCharBuffer().put((char[]) array, from, count);
            case INT -> target.asIntBuffer().put((int[]) array, from, count);
            case FLOAT -> target.asFloatBuffer().put((float[]) array, from, count);
            case LONG -> target.asLongBuffer().put((long[]) array, from, count);
            case DOUBLE -> target.asDoubleBuffer().put((double[]) array, from, count);
        }
    }

    /** Copies elements from the buffer's position into an array. */
    void get(ByteBuffer source, Object array, int from, int count) {
        switch (this) {
            case BYTE -> source.get((byte[]) array, from, count);
            case SHORT -> source.asShortBuffer().get((short[]) array, from, count);
            case CHAR -> source.asCharBuffer().get((char[]) array, from, count);
            case INT -> source.asIntBuffer().get((int[]) array, from, count);
            case FLOAT -> source.asFloatBuffer().get((float[]) array, from, count);
            case LONG -> source.asLongBuffer().get((long[]) array, from, count);
            case DOUBLE -> source.asDoubleBuffer().get((double[]) array, from, count);
        }
    }

    /** A new array of this type. */
    Object newArray(int length) {
        return switch (this) {
            case BYTE -> new byte[length];
            case SHORT -> new short[length];
            case CHAR -> new char[length];
            case INT -> new int[length];
            case FLOAT -> new float[length];
            case LONG -> new long[length];
            case DOUBLE -> new double[length];
        };
    }
}

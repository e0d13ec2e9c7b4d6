package io.clustrix.worker;

/** Numbers in arrays of bytes, the most significant byte first. */
final class Bytes {
    private Bytes() {}

    static int intAt(byte[] b, int i) {
        return b[i] << 24 | (b[i + 1] & 255) << 16 | (b[i + 2] & 255) << 8 | (b[i + 3] & 255);
    }

    static byte[] ofLong(long n) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) {
            bytes[7 - i] = (byte) (n >>> (8 * i));
        }
        return bytes;
    }
}

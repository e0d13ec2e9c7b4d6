package io.clustrix.examples;

/** Placeholder: counts the bytecodes of a class path. */
public final class BytecodeHistogram {
    private BytecodeHistogram() {}

    public static void main(String[] args) {
        System.out.println("BytecodeHistogram: placeholder");
    }
}

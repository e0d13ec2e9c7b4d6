package io.clustrix.local;

/**
 * A method as class files name it.
 *
 * @param owner the class, with slashes
 * @param name its name, {@code <init>} for a constructor
 * @param descriptor its descriptor (JVMS 4.3.3)
 */
record MethodRef(String owner, String name, String descriptor) {

    MethodRef in(String otherOwner) {
        return owner.equals(otherOwner) ? this : new MethodRef(otherOwner, name, descriptor);
    }

    /** As people read it: {@code com.acme.Loader.load}, {@code new java.io.FileReader}. */
    String display() {
        String type = owner.replace('/', '.');
        return name.equals("<init>") ? "new " + type : type + "." + name;
    }
}

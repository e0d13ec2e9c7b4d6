package io.clustrix.serializer.kryo;

/** How objects of a class, or of a family of classes, are written. */
final class Form {

    /** Instead of a number, for a class that is named in the stream. */
    static final int NAMED = -1;

    private final Class<?> type;
    private final Encoding<Object> encoding;
    private final int number;
    private final boolean referenced;
    private boolean passed;

    /**
     * A form.
     *
     * @param type the class that the stream names and that the reader's filter is asked for
     * @param encoding an {@link Encoding} of such objects
     * @param number what stands for it in the stream, or {@link #NAMED}
     * @param referenced whether a second occurrence is written as a reference to the first
     */
    @SuppressWarnings("unchecked")
    Form(Class<?> type, Encoding<?> encoding, int number, boolean referenced) {
        this.type = type;
        this.encoding = (Encoding<Object>) encoding;
        this.number = number;
        this.referenced = referenced;
    }

    Class<?> type() {
        return type;
    }

    Encoding<Object> encoding() {
        return encoding;
    }

    int number() {
        return number;
    }

    boolean isReferenced() {
        return referenced;
    }

    /** Asks the filter, once. */
    void check(ClassFilter filter) {
        if (!passed) {
            filter.check(type);
            passed = true;
        }
    }
}

package io.clustrix.serializer.kryo;

/**
 * A serializer of one class's fields. Its shape goes into the stream, so that a class with other fields on the other
 * side is an error and not a heap of wrong values.
 */
interface Shaped {
    /** A hash of the names and types of the fields in the order in which they are written. */
    int shape();
}

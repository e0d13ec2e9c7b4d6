package io.clustrix.internal.batch;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.Collectors;

/** The elements of one submission, in ascending order: the scheduler's first index is the first of them. Immutable. */
final class ElementSet {
    private final int[] elements;

    private ElementSet(int[] elements) {
        this.elements = elements;
    }

    /** All from one up to another. */
    static ElementSet range(int from, int to) {
        int[] elements = new int[to - from];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = from + i;
        }
        return new ElementSet(elements);
    }

    static ElementSet of(BitSet set) {
        return new ElementSet(set.stream().toArray());
    }

    int size() {
        return elements.length;
    }

    /** The element at a position, from 0. */
    int at(int position) {
        return elements[position];
    }

    /** The position of an element; below 0 if it is not among them. */
    int positionOf(int element) {
        return Arrays.binarySearch(elements, element);
    }

    int first() {
        return elements[0];
    }

    boolean isRange() {
        return elements[elements.length - 1] - elements[0] == elements.length - 1;
    }

    /** The numbers with blanks between them. */
    String listed() {
        return Arrays.stream(elements).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    /** Reads what {@link #listed} wrote. */
    static ElementSet parse(String listed) {
        return new ElementSet(
                Arrays.stream(listed.split(" ")).mapToInt(Integer::parseInt).toArray());
    }
}

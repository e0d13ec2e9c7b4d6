package io.clustrix.internal.codec;

/** A task of ours around a function of the user's, whose class matters where the task's is looked at. */
public interface CarriesFunction {
    /** The user's function. */
    Object carried();
}

package io.clustrix.worker;

/** A task of ours around a function of the user's, which matters wherever the task is looked at or explained. */
public interface CarriesFunction {
    /** The user's function. */
    Object carried();
}

package io.clustrix.files;

/** Is told how far a copy is. */
@FunctionalInterface
public interface TransferListener {
    /**
     * Called each time some more has been handed over, by one thread after the other; must return soon. What it throws
     * ends the copy and is thrown by it.
     *
     * @param bytes how many of the file's bytes are there, those of an earlier try included
     * @param total the file's size
     */
    void transferred(long bytes, long total);
}

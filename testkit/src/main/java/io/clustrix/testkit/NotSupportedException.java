package io.clustrix.testkit;

import io.clustrix.spi.Feature;

/** An executor does not claim to be able to do something. The message is the reason, for the table. */
final class NotSupportedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotSupportedException(String reason) {
        super(reason);
    }

    NotSupportedException(Feature missing) {
        this(missing + " is not among its traits");
    }
}

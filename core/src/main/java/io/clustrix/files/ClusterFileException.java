package io.clustrix.files;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.util.List;

/** A file or directory of a cluster can't be had. The message names the path, the host, and what to do. */
public final class ClusterFileException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final String path;

    /** Why it can't be had. */
    public enum Reason {
        /** Nothing is there, or a link leads to nothing. */
        MISSING,
        /** The user of the host may not do that. */
        DENIED,
        /** A directory was wanted. */
        NOT_A_DIRECTORY,
        /** A file was wanted. */
        IS_A_DIRECTORY,
        /** A regular file was wanted, and this is a pipe, socket or device. */
        NOT_A_FILE,
        /** Symbolic links lead in a circle. */
        LOOP,
        /** There is more than the call gives back. */
        TOO_MUCH,
        /** What was copied is not what it was copied from. */
        DAMAGED,
        /** The host lacks a tool. */
        UNSUPPORTED,
        /** Anything else; the message has the host's own words. */
        FAILED
    }

    ClusterFileException(Reason reason, String path, String problem, List<String> hints) {
        super(fault(reason), reason == Reason.DAMAGED, problem, hints, null);
        this.reason = reason;
        this.path = path;
    }

    private static Fault fault(Reason reason) {
        return switch (reason) {
            case UNSUPPORTED, FAILED, DAMAGED -> Fault.SITE;
            default -> Fault.USER;
        };
    }

    /** Why it can't be had. */
    public Reason reason() {
        return reason;
    }

    /** The path that was asked for. */
    public String path() {
        return path;
    }
}

package io.clustrix.internal.journal;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.util.List;

/** Another driver has the lock of a run directory. */
public final class LockedException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    LockedException(String problem, List<String> hints) {
        super(Fault.USER, true, problem, hints, null);
    }
}

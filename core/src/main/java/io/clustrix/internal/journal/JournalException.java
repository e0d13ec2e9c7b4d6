package io.clustrix.internal.journal;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A journal can't be read or written. */
public final class JournalException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    JournalException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.SITE, false, problem, hints, cause);
    }
}

package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import java.time.Duration;
import java.util.List;

/**
 * One look, which may have several findings.
 *
 * @param names of the findings that it may have; the first is the one that tells of its failure
 * @param needs the findings without which there is nothing to be looked at
 * @param deadline when it is given up
 * @param body does it
 */
record Check(List<String> names, List<String> needs, Duration deadline, Body body) {
    /** What a check does. */
    @FunctionalInterface
    interface Body {
        List<Finding> look() throws Exception;
    }

    Check {
        names = List.copyOf(names);
        needs = List.copyOf(needs);
    }
}

package io.clustrix.doctor;

import io.clustrix.doctor.Finding.Level;
import java.util.List;

/**
 * All that was found.
 *
 * @param cluster the cluster's name
 * @param findings one for each check, in the order of the checks
 * @param configuration the cluster's block as it fits by what was seen, in HOCON: what was changed has a comment with
 *     the reason. Secrets are left out
 */
public record Report(String cluster, List<Finding> findings, String configuration) {
    /** Copies the list. */
    public Report {
        findings = List.copyOf(findings);
    }

    /** The worst level of all; what was skipped counts as well as what is in order. */
    public Level worst() {
        return findings.stream()
                .map(Finding::level)
                .filter(level -> level != Level.SKIPPED)
                .max(Level::compareTo)
                .orElse(Level.OK);
    }
}

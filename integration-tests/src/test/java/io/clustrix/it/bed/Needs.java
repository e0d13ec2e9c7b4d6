package io.clustrix.it.bed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a test asks of the test bed, and whether it is there. */
final class Needs {
    /** Tests that break something of the test bed must be root. */
    static final String FAULTS = "faults";

    private static final List<String> KNOWN = List.of("slurm", "accounting", "ssh", "sge", "k8s", FAULTS);

    private Needs() {}

    /** Why a test with these needs cannot run, and what would change that; empty if it can. */
    static Optional<String> unmet(List<String> needs, Optional<TestBed> bed, boolean root) {
        for (String need : needs) {
            if (!KNOWN.contains(need)) {
                throw new IllegalArgumentException("no such need: " + need + "; there are " + KNOWN);
            }
        }
        List<String> missing = new ArrayList<>();
        for (String need : needs) {
            boolean there =
                    need.equals(FAULTS) ? root : bed.map(b -> b.isUp(need)).orElse(false);
            if (!there) {
                missing.add(need);
            }
        }
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        if (missing.equals(List.of(FAULTS))) {
            return Optional.of("needs root, to break things in the test bed");
        }
        missing.remove(FAULTS);
        String services = String.join(" ", commandWords(needs, bed));
        return Optional.of("needs " + String.join(", ", missing) + ": sudo testbed/install " + services
                + " && sudo testbed/up " + services);
    }

    /** What to name to the scripts: accounting means Slurm too, and what runs with accounting shall keep it. */
    private static List<String> commandWords(List<String> needs, Optional<TestBed> bed) {
        List<String> words = new ArrayList<>(needs);
        words.remove(FAULTS);
        boolean accounting = bed.map(b -> b.isUp("accounting")).orElse(false);
        if (words.contains("slurm") && accounting && !words.contains("accounting")) {
            words.add(words.indexOf("slurm") + 1, "accounting");
        }
        if (words.contains("accounting") && !words.contains("slurm")) {
            words.add(words.indexOf("accounting"), "slurm");
        }
        return words;
    }
}

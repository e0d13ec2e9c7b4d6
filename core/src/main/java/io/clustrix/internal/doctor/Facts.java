package io.clustrix.internal.doctor;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What earlier checks know that later ones need. Thread-safe: a check that was given up may still be at work. */
final class Facts {
    /** The work directory, absolute. */
    static final String WORK = "work";

    private final Map<String, String> known = new ConcurrentHashMap<>();
    private final Map<String, Change> changes = new ConcurrentHashMap<>();

    /**
     * A setting that would fit better.
     *
     * @param value as it stands in HOCON
     * @param why the reason, one line
     */
    record Change(String value, String why) {}

    void put(String word, String value) {
        known.put(word, value);
    }

    Optional<String> get(String word) {
        return Optional.ofNullable(known.get(word));
    }

    /** Proposes another value of a setting of the cluster's block. */
    void propose(String key, String value, String why) {
        changes.put(key, new Change(value, why));
    }

    /** What was proposed, by key. */
    Map<String, Change> changes() {
        return new TreeMap<>(changes);
    }
}

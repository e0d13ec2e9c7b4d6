package io.clustrix.spi;

import java.time.Duration;
import java.util.Set;

/**
 * What the engine may count on.
 *
 * @param features what is supported
 * @param largestArray the most tasks of one submission
 * @param minPollInterval the shortest time between two questions about states; zero if nobody need ask
 */
public record Traits(Set<Feature> features, int largestArray, Duration minPollInterval) {
    /** Copies the set. */
    public Traits {
        features = Set.copyOf(features);
    }

    /** Whether a feature is supported. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }
}

package io.clustrix;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What a submitter's user has set; the configuration's defaults are not in it. */
record CallOptions(
        Optional<String> name,
        Resources resources,
        Optional<Duration> timeout,
        OptionalInt chunkSize,
        ErrorPolicy onError,
        Map<String, String> variables,
        Optional<Path> directory,
        List<GuardedListener> listeners) {

    private static final String UNNAMED = "clustrix";

    CallOptions {
        timeout.ifPresent(t -> {
            if (t.isZero() || t.isNegative()) {
                throw new IllegalArgumentException("a timeout must be positive, not " + t);
            }
        });
    }

    static CallOptions none(List<GuardedListener> listeners) {
        return new CallOptions(
                Optional.empty(),
                Resources.none(),
                Optional.empty(),
                OptionalInt.empty(),
                ErrorPolicy.FAIL_FAST,
                Map.of(),
                Optional.empty(),
                listeners);
    }

    CallOptions name(String n) {
        return new CallOptions(Optional.of(n), resources, timeout, chunkSize, onError, variables, directory, listeners);
    }

    CallOptions resources(Resources r) {
        return new CallOptions(name, r, timeout, chunkSize, onError, variables, directory, listeners);
    }

    CallOptions timeout(Duration t) {
        return new CallOptions(name, resources, Optional.of(t), chunkSize, onError, variables, directory, listeners);
    }

    CallOptions chunkSize(int n) {
        return new CallOptions(name, resources, timeout, OptionalInt.of(n), onError, variables, directory, listeners);
    }

    CallOptions onError(ErrorPolicy policy) {
        return new CallOptions(name, resources, timeout, chunkSize, policy, variables, directory, listeners);
    }

    CallOptions variables(Map<String, String> all) {
        return new CallOptions(name, resources, timeout, chunkSize, onError, all, directory, listeners);
    }

    CallOptions directory(Path d) {
        return new CallOptions(name, resources, timeout, chunkSize, onError, variables, Optional.of(d), listeners);
    }

    CallOptions listeners(List<GuardedListener> all) {
        return new CallOptions(name, resources, timeout, chunkSize, onError, variables, directory, all);
    }

    /** What an executor is told: these options over the cluster's defaults. */
    JobOptions over(Resources defaults) {
        return new JobOptions(
                name.orElse(UNNAMED), resources.orElse(defaults), chunkSize, onError, variables, directory);
    }
}

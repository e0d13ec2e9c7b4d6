package io.clustrix.host.ssh;

import io.clustrix.spi.HostException;
import java.util.HashMap;
import java.util.Map;

/** Counts refused log-ins, so that a wrong password does not lock the account (requirement R44). Thread-safe. */
final class LockOutGuard {
    private final int most;
    private final Map<String, Integer> failures = new HashMap<>();
    private final Map<String, HostException> last = new HashMap<>();

    LockOutGuard(int most) {
        this.most = most;
    }

    /** Throws what was said last, if there must be no further attempt. */
    synchronized void check(Hop hop) {
        HostException refusal = last.get(hop.account());
        if (refusal != null && failures.getOrDefault(hop.account(), 0) >= most) {
            throw new HostException(
                    refusal.fault(),
                    false,
                    String.valueOf(refusal.getMessage()).lines().findFirst().orElse(""),
                    refusal.hints(),
                    refusal);
        }
    }

    synchronized HostException refused(Hop hop, LogIn.RefusedException refusal) {
        int count = failures.merge(hop.account(), 1, Integer::sum);
        HostException result = refusal.toHostException(hop, count, most);
        last.put(hop.account(), result);
        return result;
    }

    synchronized void accepted(Hop hop) {
        failures.remove(hop.account());
        last.remove(hop.account());
    }
}

package io.clustrix.examples;

import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** Counts primes, each million in a task of its own. Where that happens is said in clustrix.conf. */
public final class OnACluster {
    private OnACluster() {}

    public static void main(String[] args) {
        try (Clustrix clustrix = Clustrix.open()) {
            Optional<String> node = clustrix.submit(() -> Optional.ofNullable(System.getenv("SLURMD_NODENAME")))
                    .join();
            System.out.println("Hello from " + node.orElse("this machine"));

            MapFuture<Integer> primes = clustrix.withName("primes")
                    .withResources(r -> r.cores(1).memory("512MiB").time("00:10:00"))
                    .map(0, 8, OnACluster::primesOfMillion);
            clustrix.runId().ifPresent(id -> System.out.println("This is run " + id));

            List<Integer> counts = primes.join();
            System.out.println("Primes of each million: " + counts);
        }
    }

    static int primesOfMillion(int million) {
        int primes = 0;
        for (int n = million * 1_000_000; n < (million + 1) * 1_000_000; n++) {
            if (n > 1 && BigInteger.valueOf(n).isProbablePrime(30)) {
                primes++;
            }
        }
        return primes;
    }
}

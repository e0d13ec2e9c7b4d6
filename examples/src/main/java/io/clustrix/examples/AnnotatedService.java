package io.clustrix.examples;

import com.google.inject.Guice;
import com.google.inject.Inject;
import io.clustrix.Cluster;
import io.clustrix.Clustrix;
import io.clustrix.guice.ClustrixModule;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Runs methods on a cluster by calling them.
 *
 * <p>What it shows: {@link Cluster} on the methods of an interface, with {@link Clustrix#proxy}, and on those of a
 * class that Guice makes; a method that waits for its result, and one that returns a {@link CompletableFuture} at once.
 *
 * <p>Run it with {@code ./mvnw -Pdemo -Dexample=AnnotatedService}.
 */
public final class AnnotatedService {
    private static final int DIGITS = 1000;

    private AnnotatedService() {}

    public static void main(String[] args) {
        try (Clustrix clustrix = Clustrix.open()) {
            System.out.println("This is process " + ProcessHandle.current().pid());
            byProxy(clustrix, System.out);
            byGuice(clustrix, System.out);
        }
    }

    /**
     * A number.
     *
     * @param digits its first digits
     * @param pid the process that has computed them
     */
    record Result(String digits, long pid) {
        static Result of(BigDecimal value, int digits) {
            return new Result(
                    value.setScale(digits, RoundingMode.DOWN).toPlainString(),
                    ProcessHandle.current().pid());
        }

        @Override
        public String toString() {
            return digits.substring(0, 12) + "..." + digits.substring(digits.length() - 4) + " from process " + pid;
        }
    }

    // ---------------------------------------------------------------- an interface and a proxy

    /** Computes digits of famous numbers. */
    interface Digits {
        /** Waits for the result. */
        @Cluster(memory = "128MB", time = "00:05:00")
        Result pi(int digits);

        /** Returns at once. */
        @Cluster(name = "digits of e", timeout = "2m")
        CompletableFuture<Result> e(int digits);

        /** Runs here: it is not annotated. */
        List<String> names();
    }

    /** Runs in a worker, and knows nothing of it. */
    static final class Series implements Digits {
        @Override
        public Result pi(int digits) {
            MathContext precision = new MathContext(digits + 10);
            BigDecimal quarter = arcTangentOfInverse(5, precision)
                    .multiply(BigDecimal.valueOf(4))
                    .subtract(arcTangentOfInverse(239, precision));
            return Result.of(quarter.multiply(BigDecimal.valueOf(4)), digits);
        }

        @Override
        public CompletableFuture<Result> e(int digits) {
            MathContext precision = new MathContext(digits + 10);
            BigDecimal sum = BigDecimal.ONE;
            BigDecimal term = BigDecimal.ONE;
            for (int n = 1; term.scale() - term.precision() < digits + 10; n++) {
                term = term.divide(BigDecimal.valueOf(n), precision);
                sum = sum.add(term);
            }
            return CompletableFuture.completedFuture(Result.of(sum, digits));
        }

        @Override
        public List<String> names() {
            return List.of("pi", "e");
        }

        private static BigDecimal arcTangentOfInverse(int x, MathContext precision) {
            BigDecimal square = BigDecimal.valueOf((long) x * x);
            BigDecimal power = BigDecimal.ONE.divide(BigDecimal.valueOf(x), precision);
            BigDecimal sum = power;
            for (int n = 3; power.scale() - power.precision() < precision.getPrecision(); n += 2) {
                power = power.divide(square, precision).negate();
                sum = sum.add(power.divide(BigDecimal.valueOf(n), precision));
            }
            return sum;
        }
    }

    static List<Result> byProxy(Clustrix clustrix, PrintStream out) {
        Digits digits = clustrix.proxy(Digits.class, new Series());

        CompletableFuture<Result> e = digits.e(DIGITS);
        Result pi = digits.pi(DIGITS);
        out.println("By proxy, " + digits.names() + ":");
        out.println("  pi = " + pi);
        out.println("  e  = " + e.join());
        return List.of(pi, e.join());
    }

    // ---------------------------------------------------------------- a class and Guice

    /** Not final, and the annotated methods neither final nor private: Guice makes a subclass that intercepts them. */
    static class Roots {
        private final MathContext precision;

        @Inject
        Roots(MathContext precision) {
            this.precision = precision; // goes along to the worker with each call
        }

        @Cluster
        Result root(int n) {
            return Result.of(BigDecimal.valueOf(n).sqrt(precision), precision.getPrecision() - 10);
        }

        @Cluster
        CompletableFuture<Result> rootAsync(int n) {
            return CompletableFuture.completedFuture(root(n));
        }
    }

    static List<Result> byGuice(Clustrix clustrix, PrintStream out) {
        Roots roots = Guice.createInjector(
                        new ClustrixModule(clustrix),
                        binder -> binder.bind(MathContext.class).toInstance(new MathContext(DIGITS + 10)))
                .getInstance(Roots.class);

        CompletableFuture<Result> three = roots.rootAsync(3);
        Result two = roots.root(2);
        out.println("By Guice:");
        out.println("  square root of 2 = " + two);
        out.println("  square root of 3 = " + three.join());
        return List.of(two, three.join());
    }
}

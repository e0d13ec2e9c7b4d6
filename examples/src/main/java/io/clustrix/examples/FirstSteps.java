package io.clustrix.examples;

import io.clustrix.Clustrix;
import java.math.BigInteger;
import java.util.List;

/** The shortest program: one call, and one function over many items. */
public final class FirstSteps {
    private FirstSteps() {}

    public static void main(String[] args) {
        try (Clustrix clustrix = Clustrix.open()) {
            int answer = clustrix.submit(() -> 6 * 7).join();
            System.out.println("The answer is " + answer);

            List<Integer> exponents = List.of(1277, 1279, 2203, 2207, 2281, 3217);
            List<Boolean> prime =
                    clustrix.map(exponents, FirstSteps::isMersennePrime).join();
            for (int i = 0; i < exponents.size(); i++) {
                System.out.println("2^" + exponents.get(i) + " - 1 is " + (prime.get(i) ? "prime" : "composite"));
            }
        }
    }

    static boolean isMersennePrime(int exponent) {
        return BigInteger.TWO.pow(exponent).subtract(BigInteger.ONE).isProbablePrime(20);
    }
}

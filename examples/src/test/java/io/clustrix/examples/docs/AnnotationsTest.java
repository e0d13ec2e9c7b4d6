package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.ConfigurationException;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import io.clustrix.Cluster;
import io.clustrix.Clustrix;
import io.clustrix.guice.ClustrixModule;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The code of docs/annotations.md. */
class AnnotationsTest {
    interface Statistics {
        @Cluster(memory = "256MB", timeout = "5m")
        double mean(double... values);

        @Cluster(name = "slow mean")
        CompletableFuture<Double> meanLater(double... values);
    }

    static final class PlainStatistics implements Statistics {
        @Override
        public double mean(double... values) {
            double sum = 0;
            for (double v : values) {
                sum += v;
            }
            return sum / values.length;
        }

        @Override
        public CompletableFuture<Double> meanLater(double... values) {
            return CompletableFuture.completedFuture(mean(values));
        }
    }

    @Test
    void proxy() {
        try (Clustrix clustrix = Clustrix.open()) {
            Statistics statistics = clustrix.proxy(Statistics.class, new PlainStatistics());

            CompletableFuture<Double> later = statistics.meanLater(1, 2, 6);
            double now = statistics.mean(1, 2, 6);

            assertThat(now).isEqualTo(3);
            assertThat(later.join()).isEqualTo(3);
        }
    }

    static class Greeter {
        private final String greeting;

        @Inject
        Greeter(String greeting) {
            this.greeting = greeting;
        }

        @Cluster
        String greet(String name) {
            return greeting + ", " + name;
        }
    }

    @Test
    void guice() {
        try (ClustrixModule clustrix = new ClustrixModule()) {
            Injector injector = Guice.createInjector(
                    clustrix, binder -> binder.bind(String.class).toInstance("Hello"));

            assertThat(injector.getInstance(Greeter.class).greet("world")).isEqualTo("Hello, world");
        }
    }

    interface Mistaken {
        @Cluster(cores = 0, memory = "lots", partition = "a", queue = "b")
        Stream<String> lines(InputStream in);

        @Cluster(cluster = "locla")
        void run();
    }

    static final class MistakenService implements Mistaken {
        @Override
        public Stream<String> lines(InputStream in) {
            return Stream.empty();
        }

        @Override
        public void run() {}
    }

    @Test
    void mistakes() {
        try (Clustrix clustrix = Clustrix.open()) {
            assertThatThrownBy(() -> clustrix.proxy(Mistaken.class, new MistakenService()))
                    .isInstanceOf(io.clustrix.spi.ConfigurationException.class)
                    .hasMessageContaining("cores: must be at least 1, not 0")
                    .hasMessageContaining("there is no cluster 'locla'; did you mean 'local'?");
        }
    }

    static class Fixed {
        @Cluster
        static int twice(int n) {
            return 2 * n;
        }

        @Cluster
        final int thrice(int n) {
            return 3 * n;
        }
    }

    @Test
    void guiceMistakes() {
        try (ClustrixModule clustrix = new ClustrixModule()) {
            Injector injector = Guice.createInjector(clustrix);
            assertThatThrownBy(() -> injector.getInstance(Fixed.class))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("the method is final, so calls of it can't be intercepted");
        }
    }
}

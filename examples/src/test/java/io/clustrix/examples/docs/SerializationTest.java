package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.SerializationException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The code of docs/serialization.md. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SerializationTest {
    private Clustrix clustrix;

    @BeforeAll
    void open() {
        clustrix = Clustrix.builder().set("clusters.local.mode", "processes").open();
    }

    @AfterAll
    void close() {
        clustrix.close();
    }

    static final class Station {
        private final double limit = 8.5;
        private final Thread alarm = new Thread(() -> System.out.println("Too hot"));

        JobFuture<Boolean> isTooHot(Submitter cluster, double degrees) {
            return cluster.submit(() -> degrees > limit); // captures this, and with it the thread
        }

        JobFuture<Boolean> isTooHotIndeed(Submitter cluster, double degrees) {
            double max = limit;
            return cluster.submit(() -> degrees > max); // captures two numbers
        }

        void ring() {
            alarm.start();
        }
    }

    @Test
    void captures() {
        Station station = new Station();

        assertThatThrownBy(() -> station.isTooHot(clustrix, 9))
                .isInstanceOf(SerializationException.class)
                .hasMessageStartingWith("Station.this.alarm (java.lang.Thread) can't be shipped");
        assertThat(station.isTooHotIndeed(clustrix, 9).join()).isTrue();
    }

    /** Neither a record nor an object need be Serializable for Kryo. */
    record Point(double x, double y) {}

    @Test
    void plainClasses() {
        List<Double> norms = clustrix.map(List.of(new Point(3, 4), new Point(6, 8)), p -> Math.hypot(p.x(), p.y()))
                .join();

        assertThat(norms).containsExactly(5.0, 10.0);
    }

    @Test
    void otherInterfaces() {
        Comparator<String> byLength = (a, b) -> a.length() - b.length();

        assertThatThrownBy(() -> clustrix.submit(() -> byLength.compare("a", "bb")))
                .isInstanceOf(SerializationException.class)
                .hasMessageStartingWith("captured value 'byLength'")
                .hasMessageContaining("java.util.Comparator does not extend java.io.Serializable");
    }

    @Test
    void jdkSerializer() {
        try (Clustrix strict = Clustrix.builder()
                .set("clusters.local.mode", "processes")
                .set("serializer.name", "jdk")
                .open()) {
            assertThatThrownBy(() -> strict.map(List.of(new Thread()), t -> t.getName()))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageStartingWith("item 0 (java.lang.Thread) can't be shipped");
            assertThat(strict.map(List.of(new Point(3, 4)), p -> p.x() + p.y()).join())
                    .containsExactly(7.0);
        }
    }

    @Test
    void filter() {
        try (Clustrix strict = Clustrix.builder()
                .set("clusters.local.mode", "processes")
                .set("serializer.filter", "!java.util.concurrent.**")
                .open()) {
            assertThatThrownBy(() -> strict.submit(() -> new AtomicLong(1)).join())
                    .hasMessageContaining("AtomicLong is refused by the serializer's filter");
        }
    }
}

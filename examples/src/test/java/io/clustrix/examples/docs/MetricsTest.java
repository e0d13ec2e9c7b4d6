package io.clustrix.examples.docs;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.EventLog;
import io.clustrix.RunListener;
import io.clustrix.micrometer.ClustrixMetrics;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The code of docs/metrics.md. */
class MetricsTest {

    @Test
    void metrics() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        CountDownLatch ended = new CountDownLatch(1);
        RunListener waiting = new RunListener() {
            @Override
            public void stateChanged(JobKey key, JobStatus status) {
                if (status.state().ended()) {
                    ended.countDown();
                }
            }
        };
        Clustrix.Builder builder =
                Clustrix.builder().listener(new ClustrixMetrics(registry)).listener(new EventLog());
        try (Clustrix clustrix = builder.listener(waiting).open()) {
            clustrix.map(0, 10, i -> i).join();
            assertThat(ended.await(30, SECONDS)).isTrue();
        }
        assertThat(registry.get("clustrix.tasks").counter().count()).isEqualTo(10);
    }
}

package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that use interrupts among their own threads. */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class InterruptsTest {

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("a task that leaves its thread interrupted, prints and returns a large value gets its result")
    void staysInterrupted(String mode, Clustrix clustrix) {
        byte[] result = clustrix.on(mode)
                .submit(() -> {
                    Thread.currentThread().interrupt();
                    System.out.println("printed by an interrupted thread");
                    return new byte[1 << 20];
                })
                .join();

        assertThat(result).hasSize(1 << 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("the interrupt that one task of a chunk leaves behind does not reach the next")
    void notTheNext(String mode, Clustrix clustrix) {
        List<Integer> results = clustrix.on(mode)
                .withChunkSize(10)
                .map(0, 10, i -> {
                    Thread.sleep(1);
                    if (i % 2 == 0) {
                        Thread.currentThread().interrupt();
                    }
                    return i;
                })
                .join();

        assertThat(results).isEqualTo(IntStream.range(0, 10).boxed().toList());
    }

    @Test
    @DisplayName("threads of a task that are interrupted while they print do not end the worker")
    void printingThreads(Clustrix clustrix) {
        List<Long> pids = clustrix.on("processes")
                .withChunkSize(20)
                .map(0, 20, i -> {
                    ExecutorService threads = Executors.newFixedThreadPool(4);
                    for (int t = 0; t < 4; t++) {
                        threads.execute(() -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                System.out.println("still there");
                                Thread.onSpinWait();
                            }
                            System.out.println("stopped");
                        });
                    }
                    Thread.sleep(10);
                    threads.shutdownNow();
                    return ProcessHandle.current().pid();
                })
                .join();

        assertThat(pids).hasSize(20).containsOnly(pids.get(0));
    }
}

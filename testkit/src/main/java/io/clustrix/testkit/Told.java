package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.clustrix.JobFuture;
import io.clustrix.RunListener;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Scenarios about what listeners are told. */
final class Told {
    private static final int LINES = 30;

    private Told() {}

    /** How often each task's end is told. */
    static final class Counts implements RunListener {
        private final AtomicIntegerArray told;
        private volatile boolean dropped;
        private volatile boolean ended;

        Counts(int tasks) {
            told = new AtomicIntegerArray(tasks);
        }

        @Override
        public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
            told.incrementAndGet(outcome.task());
        }

        @Override
        public void dropped(JobKey key, long events) {
            dropped = true;
        }

        @Override
        public void stateChanged(JobKey key, JobStatus status) {
            ended |= status.state().ended();
        }

        boolean ended() {
            return ended;
        }

        void assertOnce() {
            for (int task = 0; task < told.length(); task++) {
                int times = told.get(task);
                int number = task;
                assertTrue(
                        times == 1 || (times == 0 && dropped),
                        () -> "task " + number + " was told " + times + " times");
            }
        }
    }

    private static final class Output implements RunListener {
        private final StringBuilder out = new StringBuilder();
        private final StringBuilder err = new StringBuilder();
        private boolean wrongTask;
        private boolean ended;

        @Override
        public synchronized void output(JobKey key, int task, OutputChannel channel, String text) {
            (channel == OutputChannel.STDOUT ? out : err).append(text);
            wrongTask |= task < -1 || task > 0;
        }

        @Override
        public synchronized void stateChanged(JobKey key, JobStatus status) {
            ended |= status.state().ended();
        }

        synchronized boolean ended() {
            return ended;
        }

        synchronized String text(OutputChannel channel) {
            return (channel == OutputChannel.STDOUT ? out : err).toString();
        }

        synchronized boolean wrongTask() {
            return wrongTask;
        }
    }

    private static String text(String channel) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            text.append(channel).append(' ').append(i).append(" gr\u00f6\u00dfer \u5927 \ud834\udd1e\n");
        }
        return text.append("no line break at the end").toString();
    }

    static void output(Bench bench) throws Exception {
        bench.needs(Feature.OUTPUT);
        Output output = new Output();
        JobFuture<String> job = bench.named("output").withListener(output).submit(() -> {
            System.out.print(text("out"));
            System.err.print(text("err"));
            return "printed";
        });
        assertEquals("printed", bench.value(job));
        bench.await("the listener is told of the end", output::ended);
        assertEquals(text("out"), output.text(OutputChannel.STDOUT));
        assertEquals(text("err"), output.text(OutputChannel.STDERR));
        assertTrue(!output.wrongTask(), "output of a task that does not exist");
    }

    /** Runs after all others: looks at what was told of their jobs. */
    static void once(Bench bench) throws Exception {
        bench.contract.awaitOthers();
        bench.close();
        bench.await("each job is told its end", () -> bench.runs.ended() && bench.jobs.ended());
        List<String> problems = bench.runs.problems();
        assertEquals(List.of(), problems, "what listeners of the Clustrix were told");
        assertEquals(List.of(), bench.jobs.problems(), "what the executor told its listeners");
        bench.jobs.assertClosed();
    }
}

package io.clustrix.examples.serial;

import io.clustrix.spi.Executor;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.Placement;
import io.clustrix.spi.Submission;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

final class SerialExecutor implements Executor {
    static final Placement PLACEMENT = new Placement("serial", "this executor has one thread");

    private final Duration pause;
    private final ExecutorService thread;
    private final Set<SerialRun> runs = ConcurrentHashMap.newKeySet();

    SerialExecutor(Duration pause, String cluster) {
        this.pause = pause;
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread t = new Thread(task, "serial-" + cluster);
            t.setDaemon(true);
            return t;
        });
    }

    @Override
    public Traits traits() {
        return new Traits(Set.of(), Integer.MAX_VALUE, Duration.ZERO);
    }

    @Override
    public Placement placement(Job job) {
        return PLACEMENT;
    }

    @Override
    public Submission submit(Job job, JobListener listener) {
        if (thread.isShutdown()) {
            throw new IllegalStateException("the executor is closed");
        }
        SerialRun run = new SerialRun(job, listener, pause);
        runs.add(run);
        thread.execute(() -> {
            try {
                run.run();
            } finally {
                runs.remove(run);
            }
        });
        return run;
    }

    @Override
    public void close() {
        thread.shutdown();
        runs.forEach(run -> run.cancel(new CancellationException("the executor was closed")));
        thread.shutdownNow(); // interrupts what runs, whose result nobody waits for any more
    }
}

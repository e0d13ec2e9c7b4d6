package io.clustrix.testkit.trial;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Executor;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/** A thread for each job. Right in all it does, but for one flaw. */
final class TrialExecutor implements Executor {
    private static final Placement PLACEMENT = new Placement("trial", "it is the only one");

    private final Flaw flaw;
    private final Set<Run> runs = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    TrialExecutor(Flaw flaw) {
        this.flaw = flaw;
    }

    @Override
    public Traits traits() {
        Optional<Feature> claim = switch (flaw) {
            case CLAIMS_CANCEL -> Optional.of(Feature.CANCEL_RUNNING);
            case CLAIMS_OUTPUT -> Optional.of(Feature.OUTPUT);
            case CLAIMS_REATTACH -> Optional.of(Feature.REATTACH);
            case CLAIMS_ISOLATION -> Optional.of(Feature.ISOLATION);
            case CLAIMS_WALLTIME -> Optional.of(Feature.WALLTIME_LIMIT);
            case CLAIMS_MEMORY -> Optional.of(Feature.MEMORY_LIMIT);
            default -> Optional.empty();
        };
        return new Traits(claim.map(Set::of).orElse(Set.of()), Integer.MAX_VALUE, Duration.ZERO);
    }

    @Override
    public Placement placement(Job job) {
        return PLACEMENT;
    }

    @Override
    public Submission submit(Job job, JobListener listener) {
        if (closed && flaw != Flaw.TAKES_AFTER_CLOSE) {
            throw new IllegalStateException("closed");
        }
        Run run = new Run(job, listener);
        runs.add(run);
        run.thread.start();
        return run;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (flaw == Flaw.LEAVES_A_THREAD) {
            daemon(() -> sleep(60_000), "left-behind").start();
        }
        if (flaw == Flaw.LEAVES_A_PROCESS) {
            try {
                new ProcessBuilder("sleep", "20").start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        runs.forEach(run -> run.cancel(new CancellationException("closed")));
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Run implements Submission {
        private final Job job;
        private final JobListener listener;
        private final AtomicIntegerArray told;
        private final AtomicInteger left;
        private final Thread thread;
        private volatile @Nullable Throwable reason;
        private volatile @Nullable Throwable failure;

        Run(Job job, JobListener listener) {
            this.job = job;
            this.listener = listener;
            told = new AtomicIntegerArray(job.tasks());
            left = new AtomicInteger(job.tasks());
            thread = daemon(this::run, "trial-" + job.key());
        }

        private void run() {
            begin();
            for (int task = 0; task < job.tasks() && reason == null; task++) {
                boolean lost = flaw == Flaw.LOSES_A_RESULT && task == 500;
                TaskResult result = result(task);
                if (!lost) {
                    complete(task, result);
                }
            }
            runs.remove(this);
        }

        /**
         * Together with {@link #isFirst}: a job that is cancelled as it starts must not be told to run after its end.
         */
        private synchronized void begin() {
            if (reason == null) {
                listener.changed(JobStatus.of(JobState.RUNNING, ""));
            }
        }

        private synchronized boolean isFirst(Throwable why) {
            boolean first = reason == null;
            if (first) {
                reason = why;
            }
            return first;
        }

        private TaskResult result(int task) {
            try {
                if (flaw == Flaw.RUNS_TWICE && job.tasks() > 4) {
                    valueOf(task);
                }
                boolean mixed = flaw == Flaw.MIXES_RESULTS && (task | 1) < job.tasks();
                return new TaskResult.Success(valueOf(mixed ? task ^ 1 : task));
            } catch (Throwable t) { // the task's own
                return switch (flaw) {
                    case SWALLOWS_TYPES -> new TaskResult.Failure(new IllegalStateException(t.toString()));
                    case CLAIMS_TO_SUCCEED -> new TaskResult.Success(null);
                    default -> new TaskResult.Failure(t);
                };
            }
        }

        @SuppressWarnings("unchecked")
        private @Nullable Object valueOf(int task) throws Exception {
            Work work = job.work();
            if (work instanceof Work.Call call) {
                return call.function().call();
            }
            if (work instanceof Work.Each each) {
                return ((RemoteFunction<@Nullable Object, @Nullable Object>) each.function())
                        .apply(each.items().get(task));
            }
            Work.Range range = (Work.Range) work;
            return ((RemoteIntFunction<?>) range.function()).apply(range.from() + task);
        }

        private void complete(int task, TaskResult result) {
            if (!told.compareAndSet(task, 0, 1)) {
                return;
            }
            if (failure == null && result instanceof TaskResult.Failure f) {
                failure = f.error();
            }
            int open = left.decrementAndGet();
            if (open == 0 && flaw == Flaw.ENDS_TOO_EARLY) {
                end();
            }
            listener.completed(task, result);
            if (flaw == Flaw.TELLS_TWICE) {
                listener.completed(task, result);
            }
            if (open == 0) {
                if (flaw != Flaw.ENDS_TOO_EARLY) {
                    end();
                }
            } else if (result instanceof TaskResult.Failure && job.options().onError() == ErrorPolicy.FAIL_FAST) {
                cancel(new CancellationException("task " + task + " failed"));
            }
        }

        private void end() {
            Throwable why = failure;
            JobState state = why == null
                    ? JobState.SUCCEEDED
                    : why instanceof CancellationException ? JobState.CANCELLED : JobState.FAILED;
            listener.changed(JobStatus.of(state, String.valueOf(why)));
        }

        @Override
        public Placement placement() {
            return PLACEMENT;
        }

        @Override
        public void cancel(Throwable why) {
            if (flaw == Flaw.IGNORES_CANCEL || !isFirst(why)) {
                return;
            }
            for (int task = 0; task < job.tasks(); task++) {
                complete(task, new TaskResult.Failure(why));
            }
            thread.interrupt(); // only now, or the task could be told as interrupted
        }
    }
}

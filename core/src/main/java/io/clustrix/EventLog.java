package io.clustrix;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.RuntimeReport;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs what happens to jobs as structured events, with keys and values, to the logger {@value #LOGGER}: jobs at INFO,
 * tasks and workers at DEBUG. Give one to {@link Clustrix.Builder#listener}.
 *
 * <p>Each event has the keys {@code event}, {@code job}, {@code cluster} and {@code name}. Results, arguments and the
 * output of tasks are never logged.
 *
 * <p>Without one, or for jobs that are submitted while the logger is off, nothing is done and nothing is kept.
 */
public final class EventLog implements RunListener {
    /** The logger's name. */
    public static final String LOGGER = "io.clustrix.events";

    private final Logger log;
    private final Map<JobKey, Known> jobs = new ConcurrentHashMap<>();

    /** What later events of a job don't have. */
    private record Known(String cluster, String name, long submitted) {}

    /** For the logger {@value #LOGGER}. */
    public EventLog() {
        this(LoggerFactory.getLogger(LOGGER));
    }

    EventLog(Logger log) {
        this.log = log;
    }

    @Override
    public void submitted(JobKey key, String cluster, String name, int tasks) {
        if (log.isInfoEnabled()) {
            jobs.put(key, new Known(cluster, name, System.nanoTime()));
            event(Level.INFO, "job.submitted", key).addKeyValue("tasks", tasks).log("job submitted");
        }
    }

    @Override
    public void staged(JobKey key, long bytes) {
        if (log.isDebugEnabled()) {
            event(Level.DEBUG, "job.staged", key).addKeyValue("bytes", bytes).log("files sent");
        }
    }

    @Override
    public void stateChanged(JobKey key, JobStatus status) {
        if (log.isInfoEnabled()) {
            String state = lower(status.state());
            LoggingEventBuilder event = event(
                            Level.INFO, "job." + (status.state().ended() ? "ended" : "changed"), key)
                    .addKeyValue("state", state);
            if (!status.detail().isEmpty()) {
                event = event.addKeyValue("detail", status.detail());
            }
            if (status.host().isPresent()) {
                event = event.addKeyValue("host", status.host().get());
            }
            Known known = jobs.get(key);
            if (status.state().ended() && known != null) {
                event = event.addKeyValue("millis", (System.nanoTime() - known.submitted) / 1_000_000);
            }
            event.log("job is {}", state);
        }
        if (status.state().ended()) {
            jobs.remove(key);
        }
    }

    @Override
    public void retried(JobKey key, int tasks, JobStatus why) {
        if (log.isInfoEnabled()) {
            event(Level.INFO, "job.retried", key)
                    .addKeyValue("tasks", tasks)
                    .addKeyValue("state", lower(why.state()))
                    .addKeyValue("detail", why.detail())
                    .log("tasks are tried again");
        }
    }

    @Override
    public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
        if (log.isDebugEnabled()) {
            Throwable failure = outcome.failure().orElse(null);
            LoggingEventBuilder event = event(Level.DEBUG, "task.ended", key)
                    .addKeyValue("task", outcome.task())
                    .addKeyValue("outcome", outcome(failure));
            if (failure != null) {
                event = event.addKeyValue("exception", failure.getClass().getName());
                if (failure instanceof ClustrixException c) {
                    event = event.addKeyValue("fault", lower(c.fault()));
                }
            }
            event.log("task ended");
        }
    }

    @Override
    public void runtime(JobKey key, RuntimeReport report) {
        if (log.isDebugEnabled()) {
            event(Level.DEBUG, "worker.started", key)
                    .addKeyValue("worker", report.worker())
                    .addKeyValue("host", report.host())
                    .addKeyValue("pid", report.pid())
                    .addKeyValue("java", report.javaVersion())
                    .log("worker started");
        }
    }

    @Override
    public void dropped(JobKey key, long events) {
        if (log.isInfoEnabled()) {
            event(Level.INFO, "events.dropped", key)
                    .addKeyValue("events", events)
                    .log("events dropped");
        }
    }

    private LoggingEventBuilder event(Level level, String event, JobKey key) {
        LoggingEventBuilder builder =
                log.atLevel(level).addKeyValue("event", event).addKeyValue("job", key.toString());
        Known known = jobs.get(key);
        return known == null
                ? builder
                : builder.addKeyValue("cluster", known.cluster).addKeyValue("name", known.name);
    }

    private static String outcome(@Nullable Throwable failure) {
        return failure == null ? "succeeded" : failure instanceof CancellationException ? "cancelled" : "failed";
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}

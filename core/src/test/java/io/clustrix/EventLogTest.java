package io.clustrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.HostException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.RuntimeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.spi.LoggingEventAware;

class EventLogTest {
    private final JobKey key = new JobKey(1, 2);

    /** Keeps events with their keys and values. */
    private static final class Kept extends LegacyAbstractLogger implements LoggingEventAware {
        private static final long serialVersionUID = 1L;
        private final transient List<LoggingEvent> events = new ArrayList<>();
        private final @Nullable Level from;

        /** @param from the least level; null: it is off */
        Kept(@Nullable Level from) {
            this.from = from;
        }

        private boolean is(Level level) {
            return from != null && level.toInt() >= from.toInt();
        }

        List<Map<String, Object>> values() {
            return events.stream().map(Kept::values).toList();
        }

        private static Map<String, Object> values(LoggingEvent event) {
            Map<String, Object> values = new TreeMap<>();
            event.getKeyValuePairs().forEach(p -> values.put(p.key, p.value));
            values.put("level", event.getLevel());
            return values;
        }

        @Override
        public void log(LoggingEvent event) {
            events.add(event);
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return "";
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
            throw new IllegalStateException("not structured: " + pattern);
        }

        @Override
        public boolean isTraceEnabled() {
            return is(Level.TRACE);
        }

        @Override
        public boolean isDebugEnabled() {
            return is(Level.DEBUG);
        }

        @Override
        public boolean isInfoEnabled() {
            return is(Level.INFO);
        }

        @Override
        public boolean isWarnEnabled() {
            return is(Level.WARN);
        }

        @Override
        public boolean isErrorEnabled() {
            return is(Level.ERROR);
        }
    }

    private void life(EventLog log) {
        log.submitted(key, "c", "sum", 2);
        log.staged(key, 77);
        log.stateChanged(key, JobStatus.of(JobState.PENDING, "PENDING (Priority)"));
        log.runtime(key, new RuntimeReport("w1", "n1", 12, "17", "v", "linux"));
        log.retried(key, 2, JobStatus.of(JobState.PREEMPTED, "taken away"));
        log.taskCompleted(key, new TaskOutcome.Success<>(0, "a secret result"));
        log.taskCompleted(key, new TaskOutcome.Failure<>(1, new HostException("gone")));
        log.dropped(key, 3);
        log.stateChanged(key, JobStatus.of(JobState.FAILED, ""));
    }

    @Test
    @DisplayName("each event has its keys and values; jobs at INFO, tasks and workers at DEBUG; no result is logged")
    void all() {
        Kept kept = new Kept(Level.DEBUG);
        life(new EventLog(kept));

        assertThat(kept.values())
                .extracting(v -> v.get("event"))
                .containsExactly(
                        "job.submitted",
                        "job.staged",
                        "job.changed",
                        "worker.started",
                        "job.retried",
                        "task.ended",
                        "task.ended",
                        "events.dropped",
                        "job.ended");
        assertThat(kept.values())
                .allSatisfy(v -> assertThat(v)
                        .containsEntry("job", key.toString())
                        .containsEntry("cluster", "c")
                        .containsEntry("name", "sum"));
        assertThat(kept.values().get(0)).containsEntry("tasks", 2).containsEntry("level", Level.INFO);
        assertThat(kept.values().get(2))
                .containsEntry("state", "pending")
                .containsEntry("detail", "PENDING (Priority)");
        assertThat(kept.values().get(3)).containsEntry("host", "n1").containsEntry("level", Level.DEBUG);
        assertThat(kept.values().get(4)).containsEntry("state", "preempted").containsEntry("tasks", 2);
        assertThat(kept.values().get(5)).containsEntry("outcome", "succeeded").containsEntry("task", 0);
        assertThat(kept.values().get(6))
                .containsEntry("outcome", "failed")
                .containsEntry("exception", HostException.class.getName())
                .containsEntry("fault", "network");
        assertThat(kept.values().get(8)).containsEntry("state", "failed").containsKey("millis");
        assertThat(kept.values().toString()).doesNotContain("secret");
    }

    @Test
    @DisplayName("at INFO there are jobs only, and nothing where the logger is off")
    void levels() {
        Kept info = new Kept(Level.INFO);
        life(new EventLog(info));
        assertThat(info.values())
                .extracting(v -> v.get("event"))
                .containsExactly("job.submitted", "job.changed", "job.retried", "events.dropped", "job.ended");

        Kept off = new Kept(null);
        life(new EventLog(off));
        assertThat(off.events).isEmpty();
    }

    @Test
    @DisplayName("given to a Clustrix it hears of each job from the beginning to the end")
    void withClustrix() throws Exception {
        Kept kept = new Kept(Level.DEBUG);
        try (Clustrix clustrix = new ThreadCluster("threads", 1)
                .clustrix()
                .listener(new EventLog(kept))
                .open()) {
            clustrix.withName("one").submit(() -> 1).join();
        }
        assertThat(kept.values())
                .extracting(v -> v.get("event"))
                .startsWith("job.submitted")
                .endsWith("job.ended")
                .contains("task.ended");
        assertThat(kept.values()).allSatisfy(v -> assertThat(v).containsEntry("name", "one"));
    }
}

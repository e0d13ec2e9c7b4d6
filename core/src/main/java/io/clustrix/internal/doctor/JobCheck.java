package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import io.clustrix.internal.doctor.RoundTrip.StillWaiting;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.SchedulerDialect;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A real job, and what it tells of the nodes. */
final class JobCheck {
    static final String JOB = "job";
    static final String SHARED = "shared-directory";
    static final String NODE_CLOCK = "node-clock";

    /** For what comes before and after the time that the job is given. */
    private static final Duration MORE = Duration.ofMinutes(1);

    private final Patient patient;
    private final RoundTrip trip;
    private final Facts facts;
    private final Clock clock;
    private final Optional<Duration> limit;

    JobCheck(Patient patient, RoundTrip trip, Facts facts, Clock clock, Optional<Duration> limit) {
        this.patient = patient;
        this.trip = trip;
        this.facts = facts;
        this.clock = clock;
        this.limit = limit;
    }

    Check check() {
        List<String> names = patient.site().isPresent() ? List.of(JOB, SHARED, NODE_CLOCK) : List.of(JOB);
        List<String> needs = List.of(
                HostChecks.CONNECTION,
                HostChecks.LOG_IN,
                HostChecks.WORK_DIRECTORY,
                HostChecks.DISK_SPACE,
                HostChecks.JAVA,
                SchedulerChecks.COMMANDS,
                SchedulerChecks.SCHEDULER,
                SchedulerChecks.QUEUE);
        return new Check(names, needs, limit.orElse(Duration.ZERO).plus(MORE), () -> look(names));
    }

    private List<Finding> look(List<String> names) throws Exception {
        if (limit.isEmpty()) {
            return names.stream()
                    .map(n -> Findings.skipped(n, "no job was wanted"))
                    .toList();
        }
        long before = clock.millis();
        long begun = System.nanoTime();
        String answer;
        try {
            answer = trip.run(facts.get(Facts.WORK).orElse(""), limit.get());
        } catch (StillWaiting e) {
            return waiting(e);
        } catch (ClustrixException e) {
            return failed(names, e);
        }
        return ran(names, Lines.of(answer), before, begun);
    }

    private List<Finding> ran(List<String> names, Lines answer, long before, long begun) {
        List<Finding> findings = new ArrayList<>();
        String node = answer.get("node").orElse("a node");
        if (names.contains(SHARED)) {
            findings.add(Findings.ok(
                    SHARED,
                    node + " has the work directory too"
                            + (answer.number("free").isPresent()
                                    ? ", with " + (answer.number("free").getAsLong() >> 20) + " MiB free"
                                    : "")));
        }
        if (names.contains(NODE_CLOCK) && answer.number("millis").isPresent()) {
            findings.add(HostChecks.compared(
                    NODE_CLOCK,
                    "the clock of " + node,
                    before,
                    clock.millis(),
                    answer.number("millis").getAsLong(),
                    1));
        }
        findings.add(Findings.ok(
                JOB,
                String.format(
                        Locale.ROOT,
                        "a job ran on %s under Java %s, and its result came after %.1f s",
                        node,
                        answer.get("java").orElse("?"),
                        (System.nanoTime() - begun) / 1e9)));
        return findings;
    }

    private List<Finding> failed(List<String> names, ClustrixException e) {
        // The engine's own words for a job that has left no trace in the work directory.
        Optional<SchedulerDialect> dialect = patient.site().map(Patient.Site::dialect);
        boolean apart = dialect.isPresent()
                && e.hints().stream()
                        .anyMatch(h -> h.contains(dialect.get().noRecordHint())
                                || h.contains(dialect.get().noClassPathHint()));
        if (apart && names.contains(SHARED)) {
            return List.of(
                    Findings.failure(
                            SHARED,
                            "a job has run and has left nothing in the work directory: " + Findings.problem(e),
                            mends(e)),
                    Findings.skipped(NODE_CLOCK, "no answer came from the node"),
                    Findings.skipped(JOB, "see " + SHARED));
        }
        return List.of(Findings.failure(JOB, e, "clustrix preview shows the script that was submitted"));
    }

    private static String mends(ClustrixException e) {
        return "set work-directory in the cluster's block to a directory that the compute nodes see too, often one in the"
                + " home directory or on the site's scratch\n"
                + String.join("\n", e.hints());
    }

    private List<Finding> waiting(StillWaiting e) {
        String told = "the job has not ended within "
                + limit.orElse(Duration.ZERO).toSeconds() + " s, and was cancelled; " + "it was " + e.getMessage();
        JobState state = e.status().state();
        return List.of(
                state == JobState.PENDING || state == JobState.UNKNOWN
                        ? Findings.warning(
                                JOB,
                                told,
                                "the queue may be long: give it more time (--job-limit), or another partition or"
                                        + " account")
                        : Findings.failure(
                                JOB,
                                told,
                                "see what the node does: environment.setup, environment.modules, its file systems"));
    }
}

package io.clustrix.internal.doctor;

import io.clustrix.doctor.Doctor;
import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Report;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The checks of a cluster, in their order. */
public final class Examination implements Doctor {
    private static final Duration JOB_LIMIT = Duration.ofMinutes(5);
    private static final Duration LONGEST = Duration.ofDays(365);

    private final Patient patient;
    private final RoundTrip trip;
    private final Clock clock;
    private final Optional<Duration> jobLimit;

    private Examination(Patient patient, RoundTrip trip, Clock clock, Optional<Duration> jobLimit) {
        this.patient = patient;
        this.trip = trip;
        this.clock = clock;
        this.jobLimit = jobLimit;
    }

    /**
     * For a cluster.
     *
     * @param trip submits the job of the last check
     * @param clock this machine's
     */
    public Examination(Patient patient, RoundTrip trip, Clock clock) {
        this(patient, trip, clock, Optional.of(JOB_LIMIT));
    }

    @Override
    public Doctor withJobLimit(Duration limit) {
        if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a job's limit must be positive, and " + LONGEST.toDays() + " days at most, not " + limit);
        }
        return new Examination(patient, trip, clock, Optional.of(limit));
    }

    @Override
    public Doctor withoutJob() {
        return new Examination(patient, trip, clock, Optional.empty());
    }

    @Override
    public Report examine(Consumer<? super Finding> each) throws InterruptedException {
        Facts facts = new Facts();
        List<Check> checks = new ArrayList<>();
        patient.site().ifPresent(site -> {
            checks.addAll(new HostChecks(site, facts, clock).all());
            checks.addAll(new SchedulerChecks(patient, site, facts).all());
        });
        checks.add(new JobCheck(patient, trip, facts, clock, jobLimit).check());
        List<Finding> findings = new Round(each).run(checks);
        return new Report(patient.cluster(), findings, new BlockText(patient, facts).text());
    }
}

package io.clustrix;

import io.clustrix.spi.JobKey;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of another program's run, in this program's hands.
 *
 * @param id the run's id
 * @param jobs its jobs, in the order in which they were submitted: a {@link MapFuture} for each map, the results typed
 *     as they were there
 */
public record AttachedRun(String id, List<JobFuture<?>> jobs) {

    /** Copies the list. */
    public AttachedRun {
        jobs = List.copyOf(jobs);
    }

    /** The job of a key. */
    public Optional<JobFuture<?>> job(JobKey key) {
        return jobs.stream().filter(j -> j.key().equals(key)).findFirst();
    }

    /** The jobs of a name, in the order in which they were submitted. */
    public List<JobFuture<?>> named(String name) {
        return jobs.stream().filter(j -> j.name().equals(name)).toList();
    }
}

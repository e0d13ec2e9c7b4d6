package io.clustrix.history;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job, as the journal of its run has it.
 *
 * @param run the run that it belongs to
 * @param key its identity
 * @param cluster the cluster that it was submitted to
 * @param name what people call it
 * @param isSingle whether it is one call and no map
 * @param state how it ended; absent if it has not
 * @param tasks how many tasks it has
 * @param elements how many workers run them
 * @param succeeded how many have returned, as far as their results have been fetched
 * @param failed the numbers of those that have failed
 * @param problems why tasks failed that have no result of their own; what tasks threw is with their results
 * @param resources what each worker asks for
 * @param submissions what was submitted to the scheduler, in order
 * @param classPath the jars and directories that it runs with, where they were when it was submitted
 * @param submitted when it was submitted by the program
 * @param ended when it ended; absent if it has not, or that is not known
 */
public record JobInfo(
        String run,
        JobKey key,
        String cluster,
        String name,
        boolean isSingle,
        Optional<JobState> state,
        int tasks,
        int elements,
        int succeeded,
        List<Integer> failed,
        List<String> problems,
        Resources resources,
        List<Submission> submissions,
        List<Path> classPath,
        Instant submitted,
        Optional<Instant> ended) {

    /** Copies the lists. */
    public JobInfo {
        failed = List.copyOf(failed);
        problems = List.copyOf(problems);
        submissions = List.copyOf(submissions);
        classPath = List.copyOf(classPath);
    }

    /**
     * One submission to the scheduler.
     *
     * @param number its number within the job
     * @param attempt the number of the attempt, from 0
     * @param elements how many elements it has, each of one or more tasks
     * @param id the scheduler's id; absent if it has not answered
     */
    public record Submission(int number, int attempt, int elements, Optional<NativeId> id) {}

    /** The scheduler's ids, in the order in which they were given. */
    public List<NativeId> nativeIds() {
        return submissions.stream().flatMap(s -> s.id().stream()).toList();
    }
}

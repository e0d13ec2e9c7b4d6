package io.clustrix.history;

import io.clustrix.internal.batch.JobView;
import io.clustrix.internal.batch.RunFiles;
import io.clustrix.internal.batch.Runs;
import io.clustrix.internal.journal.JournalException;
import io.clustrix.internal.journal.LockState;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The runs that lie in a state directory. A program that submits jobs to a cluster with a scheduler has a run; what
 * runs on this machine has none.
 *
 * <p>Everything is read from the runs' files when it is asked for, without the lock of the program that writes them, so
 * it is as new as what that program knows. A cluster is never asked.
 *
 * <p><b>Threads:</b> thread-safe.
 */
public final class RunHistory {
    private final Path directory;

    private RunHistory(Path directory) {
        this.directory = directory;
    }

    /**
     * The runs of a state directory.
     *
     * @param stateDirectory the setting {@code clustrix.state-directory}; need not exist
     */
    public static RunHistory in(Path stateDirectory) {
        return new RunHistory(RunFiles.directory(stateDirectory));
    }

    /** The ids of all runs, oldest first. */
    public List<String> ids() {
        return RunFiles.ids(directory);
    }

    /** All runs, oldest first. One whose journal can't be read says so and has no jobs. */
    public List<RunInfo> runs() {
        List<RunInfo> runs = new ArrayList<>();
        for (String id : ids()) {
            run(id).ifPresent(runs::add);
        }
        return runs;
    }

    /** The run of an id; empty if there is none. */
    public Optional<RunInfo> run(String id) {
        Path home = directory.resolve(id);
        if (!RunFiles.isId(id) || !Files.isDirectory(home)) {
            return Optional.empty();
        }
        String problem = "";
        RunInfo.Driver driver = RunInfo.Driver.UNKNOWN;
        String holder = "";
        try {
            LockState lock = LockState.of(home);
            driver = switch (lock.kind()) {
                case ALIVE -> RunInfo.Driver.ALIVE;
                case DEAD -> RunInfo.Driver.DEAD;
                case RELEASED -> RunInfo.Driver.ENDED;
                case NONE -> RunInfo.Driver.UNKNOWN;
            };
            holder = lock.holder();
        } catch (IOException e) {
            problem = "its lock can't be read: " + e;
        }
        List<JobInfo> jobs = List.of();
        Instant started = started(id);
        Instant changed = started;
        try {
            jobs = jobs(id, home);
            if (Files.exists(home.resolve("journal"))) {
                changed = Instant.ofEpochMilli(JobView.changed(home));
            }
        } catch (IOException | JournalException e) {
            problem = String.valueOf(e.getMessage());
        }
        return Optional.of(new RunInfo(id, started, changed, driver, holder, jobs, problem));
    }

    private static List<JobInfo> jobs(String id, Path home) throws IOException {
        List<JobInfo> jobs = new ArrayList<>();
        for (JobView view : JobView.of(home)) {
            jobs.add(info(id, view));
        }
        return jobs;
    }

    private static JobInfo info(String run, JobView view) {
        List<JobInfo.Submission> submissions = new ArrayList<>();
        view.submissions()
                .forEach(s -> submissions.add(new JobInfo.Submission(s.number(), s.attempt(), s.elements(), s.id())));
        int[] failed = view.failed();
        List<Integer> numbers = new ArrayList<>(failed.length);
        Arrays.stream(failed).forEach(numbers::add);
        List<String> problems = new ArrayList<>();
        view.failures().forEach(f -> problems.add(f.message()));
        return new JobInfo(
                run,
                view.key(),
                view.cluster(),
                view.name(),
                view.isSingle(),
                view.state(),
                view.tasks(),
                view.elements(),
                view.ended() - failed.length,
                numbers,
                problems,
                view.resources(),
                submissions,
                view.classPath(),
                submitted(view.key()),
                view.endedMillis() == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(view.endedMillis())));
    }

    /** A key begins with the time of its making. */
    private static Instant submitted(JobKey key) {
        return Instant.ofEpochMilli(key.high() >>> 16);
    }

    /** An id begins with {@code yyyyMMdd-HHmmss}, in UTC. */
    private static Instant started(String id) {
        String time = id.substring(0, 4) + "-" + id.substring(4, 6) + "-" + id.substring(6, 8) + "T"
                + id.substring(9, 11) + ":" + id.substring(11, 13) + ":" + id.substring(13, 15) + "Z";
        try {
            return Instant.parse(time);
        } catch (java.time.format.DateTimeParseException e) {
            return Instant.EPOCH; // somebody else's directory
        }
    }

    /** Where the files of a run lie. */
    public Path directory(String id) {
        if (!RunFiles.isId(id)) {
            throw new IllegalArgumentException("'" + id + "' is no id of a run");
        }
        return directory.resolve(id);
    }

    /**
     * The tasks of a job that have returned, as far as their results have been fetched.
     *
     * @throws io.clustrix.spi.ConfigurationException if its run is gone or can't be read
     */
    public BitSet succeeded(JobInfo job) {
        try {
            for (JobView view : JobView.of(directory(job.run()))) {
                if (view.key().equals(job.key())) {
                    return view.succeeded();
                }
            }
        } catch (IOException | JournalException e) {
            throw new ConfigurationException("run " + job.run() + " can't be read: " + e.getMessage(), List.of(), e);
        }
        throw new ConfigurationException("run " + job.run() + " has no job " + job.key() + " any more");
    }

    /**
     * Removes a run whose jobs have all ended, with what is left of its results.
     *
     * @return whether it was removed; not if a program has it, or a job has not ended
     */
    public boolean remove(String id) {
        Path home = directory(id);
        try {
            return Files.isDirectory(home) && Runs.remove(home);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "run " + id + " can't be removed: " + e, List.of("see who may write in " + home), e);
        }
    }

    /** All jobs of all runs, oldest first. */
    public List<JobInfo> jobs() {
        List<JobInfo> jobs = new ArrayList<>();
        runs().forEach(run -> jobs.addAll(run.jobs()));
        return jobs;
    }

    /**
     * The jobs that an id of a person's means: a key or the beginning of one that no other job has, or the scheduler's
     * own id.
     *
     * @return none, one, or all that it may mean
     */
    public List<JobInfo> find(String id) {
        List<JobInfo> found = new ArrayList<>();
        for (JobInfo job : jobs()) {
            if (job.key().toString().equals(id)) {
                return List.of(job);
            }
            boolean begins = id.length() >= 4 && job.key().toString().startsWith(id);
            if (begins
                    || job.submissions().stream()
                            .anyMatch(s ->
                                    s.id().filter(n -> n.value().equals(id)).isPresent())) {
                found.add(job);
            }
        }
        return found;
    }
}

package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever others do to jobs, every future ends, and nothing is left in the queue (R1, R2). */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(240)
class DisturbedJobsTest {
    private static final int JOBS = 20;
    private static final int DISTURBANCES = 40;

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<String, Integer> done = new TreeMap<>();

    private static int task(String file, int n, int millis) throws InterruptedException {
        new Marks(Path.of(file)).add(n + " " + ProcessHandle.current().pid());
        Thread.sleep(millis);
        return n;
    }

    @Test
    @DisplayName(
            "jobs are cancelled, held, released, put back, killed: each future has a result or a true reason in time")
    void disturbed() throws Exception {
        try (RemoteSite site = new RemoteSite();
                Clustrix clustrix = site.open(site.way("slurm"))) {
            String file = site.marks("runs").file().toString();
            List<JobFuture<?>> jobs = new ArrayList<>();
            for (int n = 0; n < JOBS; n++) {
                int number = n;
                int millis = 500 + random.nextInt(3000);
                jobs.add(
                        n % 4 == 3
                                ? clustrix.map(0, 2, i -> task(file, number, millis))
                                : clustrix.submit(() -> task(file, number, millis)));
            }
            Await.until(
                    "the first is submitted",
                    RemoteSite.BOUND,
                    () -> !site.left().isEmpty());
            for (int i = 0; i < DISTURBANCES && !jobs.stream().allMatch(JobFuture::isDone); i++) {
                disturb(site, jobs);
                Thread.sleep(random.nextInt(400));
            }
            for (String id : site.left()) {
                command(site, "scontrol", "release", id); // who holds a job releases it again
            }
            long end = System.nanoTime() + RemoteSite.BOUND.toNanos();
            Map<String, Integer> outcomes = new TreeMap<>();
            for (int n = 0; n < JOBS; n++) {
                outcomes.merge(outcome(jobs.get(n), n, end), 1, Integer::sum);
            }
            System.out.println("seed " + seed + ": " + done + " gave " + outcomes);
            Await.until("nothing is left, seed " + seed, () -> site.left().isEmpty());
        }
    }

    private String outcome(JobFuture<?> job, int n, long end) throws Exception {
        String what = "job " + n + ", seed " + seed;
        try {
            Object value = job.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            assertThat(value).as(what).isEqualTo(n % 4 == 3 ? List.of(n, n) : n);
            return "results";
        } catch (ExecutionException e) {
            assertThat(e.getCause())
                    .as(what)
                    .isInstanceOfAny(
                            CancellationException.class, WorkerDiedException.class, TaskTimeoutException.class);
            return e.getCause().getClass().getSimpleName();
        } catch (CancellationException e) {
            return "CancellationException";
        }
    }

    private void disturb(RemoteSite site, List<JobFuture<?>> jobs) throws Exception {
        List<String> left = site.left();
        String id = left.isEmpty() ? "" : left.get(random.nextInt(left.size()));
        int kind = random.nextInt(10);
        String what;
        if (kind < 2 && !id.isEmpty()) {
            what = "scancel";
            command(site, "scancel", id);
        } else if (kind < 4 && !id.isEmpty()) {
            what = "requeue";
            command(site, "scontrol", "requeue", id);
        } else if (kind < 6 && !id.isEmpty()) {
            what = random.nextBoolean() ? "hold" : "release";
            command(site, "scontrol", what, id);
        } else if (kind < 8) {
            what = "kill";
            List<String> lines = site.marks("runs").lines();
            if (!lines.isEmpty()) {
                String line = lines.get(lines.size() - 1 - random.nextInt(Math.min(8, lines.size())));
                long pid = Long.parseLong(line.split(" ", -1)[1]);
                ProcessHandle.of(pid)
                        .filter(p -> p.info().commandLine().orElse("").contains("BatchWorker"))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        } else if (kind < 9) {
            what = "cancel";
            jobs.get(random.nextInt(jobs.size())).cancel(true);
        } else {
            what = "nothing";
        }
        done.merge(what, 1, Integer::sum);
    }

    /** What is refused, because the job has gone on meanwhile, is refused. */
    private static void command(RemoteSite site, String program, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(
                List.of(site.bed.path("slurm.bin").resolve(program).toString()));
        words.addAll(List.of(arguments));
        Ran.run(Duration.ofSeconds(20), "", words);
    }
}

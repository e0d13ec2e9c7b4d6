package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs and runs as rows and as objects of JSON. */
final class JobTexts {
    private JobTexts() {}

    static String ids(JobInfo job) {
        List<NativeId> ids = job.nativeIds();
        return ids.isEmpty()
                ? ""
                : ids.get(ids.size() - 1).value() + (ids.size() > 1 ? " (+" + (ids.size() - 1) + ")" : "");
    }

    /** For instance {@code 17/100}, or {@code 17/100, 2 failed}. */
    static String tasks(JobInfo job) {
        int failed = job.failed().size();
        return (job.succeeded() + failed) + "/" + job.tasks() + (failed == 0 ? "" : ", " + failed + " failed");
    }

    static Map<String, @Nullable Object> json(JobInfo job) {
        List<Object> submissions = new ArrayList<>();
        for (JobInfo.Submission s : job.submissions()) {
            submissions.add(Json.object(
                    "id", s.id().map(NativeId::value),
                    "federationCluster", s.id().flatMap(NativeId::cluster),
                    "attempt", s.attempt(),
                    "elements", s.elements()));
        }
        return Json.object(
                "key", job.key(),
                "run", job.run(),
                "name", job.name(),
                "cluster", job.cluster(),
                "state", Texts.state(job),
                "tasks", job.tasks(),
                "succeeded", job.succeeded(),
                "failed", job.failed().size(),
                "submitted", job.submitted(),
                "ended", job.ended(),
                "submissions", submissions);
    }

    static Map<String, @Nullable Object> json(RunInfo run) {
        return Json.object(
                "id", run.id(),
                "started", run.started(),
                "changed", run.changed(),
                "driver", Texts.word(run.driver()),
                "process", run.process(),
                "over", run.isOver(),
                "jobs", run.jobs().stream().map(job -> job.key().toString()).toList(),
                "problem", run.problem());
    }

    static Map<String, @Nullable Object> json(Resources r) {
        return Json.object(
                "cores", r.cores(),
                "memoryBytes", r.memory().map(m -> m.bytes()),
                "seconds", r.walltime().map(t -> t.toSeconds()),
                "nodes", r.nodes(),
                "gpus", r.gpus(),
                "queue", r.queue(),
                "account", r.account(),
                "options", r.options());
    }

    /** For instance {@code 4 cores, 8GiB memory, 3600 s}. */
    static String text(Resources r) {
        List<String> parts = new ArrayList<>();
        r.cores().ifPresent(n -> parts.add(n + (n == 1 ? " core" : " cores")));
        r.memory().ifPresent(m -> parts.add(m + " memory"));
        r.walltime().ifPresent(t -> parts.add(Texts.rough(t) + " walltime"));
        r.nodes().ifPresent(n -> parts.add(n + (n == 1 ? " node" : " nodes")));
        r.gpus().ifPresent(n -> parts.add(n + (n == 1 ? " GPU" : " GPUs")));
        r.queue().ifPresent(q -> parts.add("queue " + q));
        r.account().ifPresent(a -> parts.add("account " + a));
        r.options().forEach((k, v) -> parts.add(v.isEmpty() ? k : k + "=" + v));
        return parts.isEmpty() ? "what the site gives" : String.join(", ", parts);
    }
}

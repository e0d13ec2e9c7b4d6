package io.clustrix.scheduler.k8s;

import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Jobs, their pods and events say about a job of Clustrix's. Pure functions, which take whatever fields are there.
 *
 * <p>A detail begins with one word, the reason: Kubernetes' own where it has one, else one of {@code Deleted},
 * {@code PodGone}, {@code NodeNotReady}, {@code Terminating}, {@code Restarting}, {@code Waiting}, {@code Walltime},
 * {@code InitContainerFailed}. {@link Verdicts} knows what follows from it.
 *
 * <p>With two pods for one element, the second of which Kubernetes started because the first was lost or failed, the
 * first decides: the engine starts things again, not Kubernetes.
 */
final class JobStates {
    /** How long after its deletionTimestamp a pod on a node that answers is dead for sure. */
    private static final Duration OVERDUE = Duration.ofSeconds(30);

    private static final List<String> INDEX =
            List.of("batch.kubernetes.io/job-completion-index", JobManifest.INDEX_LABEL);
    private static final int KILL = 137;
    private static final int TERM = 143;
    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(5, "SIGTRAP"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(14, "SIGALRM"),
            Map.entry(15, "SIGTERM"),
            Map.entry(24, "SIGXCPU"),
            Map.entry(25, "SIGXFSZ"),
            Map.entry(31, "SIGSYS"));
    /** Of pods that wait for their containers: events that say more than "ContainerCreating". */
    private static final Set<String> HINDRANCES =
            Set.of("FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady");

    /** Events by which makers of nodes say that one comes for the pod: the Cluster Autoscaler and Karpenter. */
    static final Set<String> SCALING = Set.of("TriggeredScaleUp", "Nominated");

    private static final Set<String> LOST_NODE = Set.of("NodeLost", "NodeNotReady", "TaintManagerEviction");

    private JobStates() {}

    /**
     * What is known of one Job.
     *
     * @param job as it was last seen; empty if there is none (any more)
     * @param pods those of the Job; of others there must be none
     * @param events those of the Job and its pods, as far as somebody has asked for them; they only explain
     * @param now the time, by which a pod that should long be gone is told from one that is about to go
     */
    record Seen(Optional<Job> job, List<Pod> pods, List<Event> events, Instant now) {
        Seen {
            pods = present(pods);
            events = present(events);
        }
    }

    /** The status of a Job with one element; empty if there is neither the Job nor a pod, so that nothing is known. */
    static Optional<JobStatus> of(Seen seen) {
        return status(seen, seen.pods(), OptionalInt.empty());
    }

    /**
     * The statuses of an Indexed Job's elements.
     *
     * @param elements how many it has
     * @return by index; those of which nothing is known are left out
     */
    static SortedMap<Integer, JobStatus> indexed(Seen seen, int elements) {
        SortedMap<Integer, List<Pod>> pods = new TreeMap<>();
        for (Pod pod : seen.pods()) {
            index(pod)
                    .ifPresent(
                            i -> pods.computeIfAbsent(i, k -> new ArrayList<>()).add(pod));
        }
        SortedMap<Integer, JobStatus> all = new TreeMap<>();
        for (int i = 0; i < elements; i++) {
            int index = i;
            status(seen, pods.getOrDefault(i, List.of()), OptionalInt.of(i)).ifPresent(s -> all.put(index, s));
        }
        return all;
    }

    /** The index of the element that a pod or Job is of, if it is an array's. */
    static OptionalInt index(HasMetadata object) {
        ObjectMeta meta = object.getMetadata();
        if (meta == null) {
            return OptionalInt.empty();
        }
        // Servers before 1.28 have it as an annotation only.
        return Stream.of(orEmpty(meta.getLabels()), orEmpty(meta.getAnnotations()))
                .flatMap(m -> INDEX.stream().map(m::get))
                .filter(Objects::nonNull)
                .filter(v -> v.matches("[0-9]{1,9}"))
                .mapToInt(Integer::parseInt)
                .findFirst();
    }

    private static Optional<JobStatus> status(Seen seen, List<Pod> pods, OptionalInt index) {
        List<Pod> inOrder = pods.stream()
                .sorted(Comparator.comparing((Pod p) ->
                                time(p, m -> m.getCreationTimestamp()).orElse(Instant.MAX))
                        .thenComparing(p -> text(
                                p.getMetadata() == null ? null : p.getMetadata().getName())))
                .toList();
        Optional<JobStatus> first = Optional.empty();
        for (Pod pod : inOrder) {
            JobStatus status = pod(seen, pod);
            if (status.state() == JobState.SUCCEEDED) {
                return Optional.of(status);
            }
            if (first.isEmpty()
                    || (status.state().ended() && !first.get().state().ended())) {
                first = Optional.of(status);
            }
        }
        Optional<JobStatus> whole = seen.job().flatMap(j -> byJob(j, index, inOrder.isEmpty()));
        if (first.isEmpty()) {
            return whole.or(() -> seen.job().map(j -> waiting(seen, j)));
        }
        Optional<JobStatus> pod = first;
        // What the pod says is the more exact; but a pod may be told of later than its Job.
        return first.get().state().ended() ? first : whole.or(() -> pod);
    }

    // ---- the Job ----

    /** What the Job alone settles. A Job that has failed says little as long as there is a pod that may say more. */
    private static Optional<JobStatus> byJob(Job job, OptionalInt index, boolean noPod) {
        Optional<JobCondition> complete = condition(job, "Complete");
        Optional<JobCondition> failed = condition(job, "Failed");
        boolean indexed = isIndexed(job);
        String done = job.getStatus() == null ? null : job.getStatus().getCompletedIndexes();
        String bad = job.getStatus() == null ? null : job.getStatus().getFailedIndexes();
        if (indexed && index.isPresent() && contains(done, index.getAsInt())) {
            return Optional.of(
                    ended(JobState.SUCCEEDED, OptionalInt.of(0), "Completed: by the Job's completedIndexes", complete));
        }
        if (complete.isPresent()) {
            if (indexed && index.isPresent()) {
                return Optional.of(ended(
                        JobState.CANCELLED,
                        OptionalInt.empty(),
                        said(complete.get()) + ", without this element",
                        complete));
            }
            return Optional.of(ended(JobState.SUCCEEDED, OptionalInt.of(0), said(complete.get()), complete));
        }
        if (failed.isPresent() && text(failed.get().getReason()).equals("DeadlineExceeded")) {
            return Optional.of(ended(JobState.TIMED_OUT, OptionalInt.empty(), said(failed.get()), failed));
        }
        if (!noPod) {
            return Optional.empty();
        }
        if (indexed && index.isPresent() && contains(bad, index.getAsInt())) {
            return Optional.of(ended(
                    JobState.NODE_FAILED,
                    OptionalInt.empty(),
                    "PodGone: the pod was deleted by another hand or with its node (one of the Job's failedIndexes)",
                    failed));
        }
        if (failed.isPresent()) {
            return Optional.of(withoutPod(job, failed.get(), indexed && index.isPresent()));
        }
        if (deleted(job)) {
            return Optional.of(JobStatus.of(
                    JobState.CANCELLED, "Deleted: the Job was deleted by another hand, and its pod is gone"));
        }
        return Optional.empty();
    }

    private static JobStatus withoutPod(Job job, JobCondition failed, boolean element) {
        Optional<JobCondition> at = Optional.of(failed);
        // Of a Job that never starts its containers again a failed pod stays, unless somebody deletes it.
        boolean kept =
                restartPolicy(job).equals("Never") && text(failed.getReason()).equals("BackoffLimitExceeded");
        if (element && kept) {
            return ended(
                    JobState.NODE_FAILED,
                    OptionalInt.empty(),
                    said(failed) + "; this element has no pod: it had not begun, or its pod was deleted",
                    at);
        }
        if (kept) {
            return ended(
                    JobState.NODE_FAILED,
                    OptionalInt.empty(),
                    "PodGone: the pod was deleted by another hand or with its node (" + said(failed) + ")",
                    at);
        }
        return ended(JobState.FAILED, OptionalInt.empty(), said(failed), at);
    }

    /** A Job without pods that has not ended. */
    private static JobStatus waiting(Seen seen, Job job) {
        Optional<JobCondition> suspended = condition(job, "Suspended");
        if (suspended.isPresent()) {
            return JobStatus.of(
                    JobState.PENDING, "Suspended: " + text(suspended.get().getMessage()));
        }
        Instant lastPod = seen.pods().stream()
                .flatMap(p -> time(p, ObjectMeta::getCreationTimestamp).stream())
                .max(Comparator.naturalOrder())
                .orElse(Instant.MIN);
        // Events stay for an hour; one that is older than the last pod has been got over.
        Optional<Event> refused = events(seen, job)
                .filter(e -> text(e.getReason()).equals("FailedCreate"))
                .filter(e -> !when(e).isBefore(lastPod))
                .findFirst();
        if (refused.isPresent()) {
            return JobStatus.of(JobState.PENDING, said(refused.get()));
        }
        int gone = job.getStatus() == null || job.getStatus().getFailed() == null
                ? 0
                : job.getStatus().getFailed();
        if (gone > 0 && !isIndexed(job)) {
            return JobStatus.of(
                    JobState.PENDING,
                    "PodGone: " + gone
                            + " of its pods failed or was deleted by another hand; Kubernetes may start another");
        }
        return JobStatus.of(JobState.PENDING, "Waiting: the Job has no pod yet");
    }

    // ---- pods ----

    private static JobStatus pod(Seen seen, Pod pod) {
        PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
        Optional<ContainerStatus> worker = worker(pod, status);
        Optional<ContainerStateTerminated> end = worker.map(ContainerStatus::getState)
                .map(ContainerState::getTerminated)
                .filter(t -> isOver(pod, status));
        if (end.isPresent()) {
            return terminated(seen, pod, status, end.get());
        }
        String phase = text(status.getPhase());
        String reason = text(status.getReason());
        if (phase.equals("Succeeded")) {
            return told(pod, JobState.SUCCEEDED, OptionalInt.of(0), "Completed: the pod has succeeded");
        }
        Optional<JobStatus> disrupted = disrupted(seen, pod, status, "");
        if (phase.equals("Failed")) {
            return byPodReason(pod, status, OptionalInt.empty())
                    .or(() -> disrupted)
                    .or(() -> initFailed(pod, status))
                    .orElseGet(() -> told(
                            pod,
                            JobState.FAILED,
                            OptionalInt.empty(),
                            line(reason.isEmpty() ? "Failed" : reason, text(status.getMessage()))));
        }
        if (disrupted.isPresent()) {
            return disrupted.get();
        }
        boolean runs = worker.map(ContainerStatus::getState)
                .map(ContainerState::getRunning)
                .isPresent();
        if (deleted(pod)) {
            return going(seen, pod, status, runs);
        }
        if (phase.equals("Unknown") || reason.equals("NodeLost")) {
            return told(pod, JobState.UNKNOWN, OptionalInt.empty(), line("NodeLost", text(status.getMessage())));
        }
        if (runs) {
            String detail = seen.job().map(JobStates::deleted).orElse(true)
                    ? "Running, though its Job was deleted by another hand"
                    : notReady(status) ? "NodeNotReady: the pod runs, but its node does not answer" : "Running";
            return told(pod, JobState.RUNNING, OptionalInt.empty(), detail);
        }
        Optional<ContainerStateTerminated> again =
                worker.map(ContainerStatus::getState).map(ContainerState::getTerminated);
        if (again.isPresent()) {
            return told(
                    pod, JobState.RUNNING, OptionalInt.empty(), "Restarting: the last time " + exit(code(again.get())));
        }
        return pending(seen, pod, status, worker);
    }

    /** The worker's container is started once only; where a Job is not of ours it may be started again. */
    private static boolean isOver(Pod pod, PodStatus status) {
        String policy = pod.getSpec() == null ? "" : text(pod.getSpec().getRestartPolicy());
        return policy.isEmpty()
                || policy.equals("Never")
                || Set.of("Succeeded", "Failed").contains(text(status.getPhase()));
    }

    private static JobStatus terminated(Seen seen, Pod pod, PodStatus status, ContainerStateTerminated end) {
        OptionalInt code = code(end);
        String reason = text(end.getReason()).isEmpty() ? "Error" : text(end.getReason());
        String message = text(end.getMessage());
        if (reason.equals("OOMKilled")) {
            String what = code.orElse(1) == 0 ? "a process of the worker's was killed for too much memory" : message;
            return told(pod, JobState.OUT_OF_MEMORY, code, line(reason + " (" + exit(code) + ")", what));
        }
        if (message.equals(PodScripts.WALLTIME)
                || message.startsWith(PodScripts.WALLTIME + " ")
                || message.startsWith(PodScripts.WALLTIME + "\n")) {
            return told(pod, JobState.TIMED_OUT, code, "Walltime: the walltime was over (" + exit(code) + ")");
        }
        if (code.isPresent() && code.getAsInt() == 0) {
            return told(pod, JobState.SUCCEEDED, code, reason + " (exit code 0)");
        }
        String with = " (" + exit(code) + ")";
        Optional<JobStatus> other = byPodReason(pod, status, code)
                .or(() -> seen.job()
                        .flatMap(j -> condition(j, "Failed"))
                        .filter(c -> text(c.getReason()).equals("DeadlineExceeded"))
                        .map(c -> told(pod, JobState.TIMED_OUT, code, said(c))))
                .or(() -> disrupted(seen, pod, status, with));
        if (other.isPresent()) {
            return withExit(other.get(), code);
        }
        if (reason.equals("ContainerStatusUnknown")) {
            return told(pod, JobState.NODE_FAILED, code, line(reason + with, message));
        }
        int n = code.orElse(1);
        if (n == PodScripts.EXIT_NO_INPUT && message.startsWith(PodScripts.NO_INPUT)) {
            // No task has begun, and it is no fault of the job's.
            return told(pod, JobState.NODE_FAILED, code, line("NotFed" + with, message));
        }
        if (deleted(pod) && (n == TERM || n == KILL)) {
            return withExit(deletedByOther(seen, pod, with), code);
        }
        return told(pod, JobState.FAILED, code, line(reason + with, message));
    }

    private static Optional<JobStatus> byPodReason(Pod pod, PodStatus status, OptionalInt code) {
        String reason = text(status.getReason());
        String message = text(status.getMessage());
        JobState state = switch (reason) {
            case "DeadlineExceeded" -> JobState.TIMED_OUT;
            case "Evicted" -> Verdicts.isOwnFault(message) ? JobState.FAILED : JobState.NODE_FAILED;
            case "Preempting", "Preempted" -> JobState.PREEMPTED;
            case "NodeLost",
                    "NodeShutdown",
                    "Shutdown",
                    "Terminated",
                    "NodeAffinity",
                    "UnexpectedAdmissionError",
                    "OutOfcpu",
                    "OutOfmemory",
                    "OutOfpods" -> JobState.NODE_FAILED;
            default -> JobState.UNKNOWN;
        };
        return state == JobState.UNKNOWN || !text(status.getPhase()).equals("Failed")
                ? Optional.empty()
                : Optional.of(told(pod, state, code, line(reason, message)));
    }

    /** Taken from its node by Kubernetes, whether it has ended yet or not. */
    private static Optional<JobStatus> disrupted(Seen seen, Pod pod, PodStatus status, String with) {
        Optional<PodCondition> target = condition(status, "DisruptionTarget");
        if (target.isPresent()) {
            String reason = text(target.get().getReason());
            JobState state = reason.equals("PreemptionByScheduler") || reason.equals("PreemptionByKubeScheduler")
                    ? JobState.PREEMPTED
                    : JobState.NODE_FAILED;
            // Kubernetes sets the condition first and deletes the pod after it.
            boolean sure =
                    deleted(pod) || !with.isEmpty() || text(status.getPhase()).equals("Failed");
            return sure
                    ? Optional.of(told(
                            pod,
                            state,
                            OptionalInt.empty(),
                            line(
                                    (reason.isEmpty() ? "DisruptionTarget" : reason) + with,
                                    text(target.get().getMessage()))))
                    : Optional.empty();
        }
        if (!deleted(pod)) {
            return Optional.empty();
        }
        return events(seen, pod)
                .filter(e -> text(e.getReason()).equals("Preempted"))
                .findFirst()
                .map(e -> told(pod, JobState.PREEMPTED, OptionalInt.empty(), said(e)));
    }

    private static Optional<JobStatus> initFailed(Pod pod, PodStatus status) {
        for (ContainerStatus init : present(status.getInitContainerStatuses())) {
            ContainerStateTerminated end =
                    init.getState() == null ? null : init.getState().getTerminated();
            if (end != null && code(end).orElse(1) != 0) {
                String detail = "InitContainerFailed (" + text(init.getName()) + ", " + exit(code(end)) + ")";
                JobState state = text(end.getReason()).equals("OOMKilled") ? JobState.OUT_OF_MEMORY : JobState.FAILED;
                return Optional.of(told(
                        pod,
                        state,
                        code(end),
                        line(detail, (text(end.getReason()) + " " + text(end.getMessage())).strip())));
            }
        }
        return Optional.empty();
    }

    /** A pod that is being deleted and has not ended. */
    private static JobStatus going(Seen seen, Pod pod, PodStatus status, boolean runs) {
        Optional<Instant> due = time(pod, ObjectMeta::getDeletionTimestamp);
        boolean overdue = due.map(d -> seen.now().isAfter(d.plus(OVERDUE))).orElse(false);
        boolean toldByEvent = events(seen, pod).anyMatch(e -> LOST_NODE.contains(text(e.getReason())));
        if (runs && (overdue || toldByEvent || wasNotReadyBefore(pod, status, due))) {
            return told(
                    pod,
                    JobState.NODE_FAILED,
                    OptionalInt.empty(),
                    "NodeLost: the pod is deleted, but its node does not answer");
        }
        return runs
                ? told(
                        pod,
                        JobState.RUNNING,
                        OptionalInt.empty(),
                        "Terminating: the pod was deleted, and is about to end")
                : deletedByOther(seen, pod, "");
    }

    /** Without probes a pod that runs is ready; only the watch over the nodes says otherwise. */
    private static boolean wasNotReadyBefore(Pod pod, PodStatus status, Optional<Instant> due) {
        Long grace = pod.getMetadata() == null ? null : pod.getMetadata().getDeletionGracePeriodSeconds();
        Optional<Instant> since = present(status.getConditions()).stream()
                .filter(c ->
                        text(c.getType()).equals("Ready") && text(c.getStatus()).equals("False"))
                .findFirst()
                .flatMap(c -> time(c.getLastTransitionTime()));
        return grace != null
                && grace >= 0
                && grace < Integer.MAX_VALUE
                && due.isPresent()
                && since.isPresent()
                && since.get().isBefore(due.get().minusSeconds(grace));
    }

    private static boolean notReady(PodStatus status) {
        return present(status.getConditions()).stream()
                .anyMatch(c -> text(c.getType()).equals("Ready")
                        && text(c.getStatus()).equals("False")
                        && text(c.getReason()).isEmpty());
    }

    private static JobStatus deletedByOther(Seen seen, Pod pod, String with) {
        boolean whole =
                seen.job().isEmpty() || seen.job().map(JobStates::deleted).orElse(false);
        return whole
                ? told(
                        pod,
                        JobState.CANCELLED,
                        OptionalInt.empty(),
                        "Deleted" + with + ": the Job was deleted by another hand")
                : told(
                        pod,
                        JobState.NODE_FAILED,
                        OptionalInt.empty(),
                        "Deleted" + with + ": the pod was deleted by another hand");
    }

    private static JobStatus pending(Seen seen, Pod pod, PodStatus status, Optional<ContainerStatus> worker) {
        Optional<ContainerStateWaiting> held = Stream.concat(
                        present(status.getInitContainerStatuses()).stream(), worker.stream())
                .map(ContainerStatus::getState)
                .filter(Objects::nonNull)
                .map(ContainerState::getWaiting)
                .filter(Objects::nonNull)
                .filter(w -> !Set.of("", "PodInitializing", "ContainerCreating").contains(text(w.getReason())))
                .findFirst();
        if (held.isPresent()) {
            String reason = text(held.get().getReason());
            String message = text(held.get().getMessage());
            if (reason.equals("CrashLoopBackOff")) {
                return told(pod, JobState.RUNNING, OptionalInt.empty(), line(reason, message));
            }
            return told(
                    pod,
                    JobState.PENDING,
                    OptionalInt.empty(),
                    line(reason, message + pullError(seen, pod, reason, message)));
        }
        Optional<PodCondition> unscheduled = present(status.getConditions()).stream()
                .filter(c -> text(c.getType()).equals("PodScheduled")
                        && text(c.getStatus()).equals("False"))
                .findFirst();
        if (unscheduled.isPresent()) {
            String reason = text(unscheduled.get().getReason());
            // One pod is asked for its events; nodes that are made for it are made for all of its kind.
            String scaling = seen.events().stream()
                    .filter(e -> SCALING.contains(text(e.getReason())))
                    .findFirst()
                    .map(e -> "; " + said(e))
                    .orElse("");
            return told(
                    pod,
                    JobState.PENDING,
                    OptionalInt.empty(),
                    line(
                            reason.isEmpty() ? "Unschedulable" : reason,
                            text(unscheduled.get().getMessage()) + scaling));
        }
        Optional<Event> hindrance = events(seen, pod)
                .filter(e -> HINDRANCES.contains(text(e.getReason())))
                .findFirst();
        if (hindrance.isPresent()) {
            return told(pod, JobState.PENDING, OptionalInt.empty(), said(hindrance.get()));
        }
        String reason = worker.map(ContainerStatus::getState)
                .map(ContainerState::getWaiting)
                .map(w -> text(w.getReason()))
                .filter(r -> !r.isEmpty())
                .orElse("Pending");
        return told(pod, JobState.PENDING, OptionalInt.empty(), reason);
    }

    /** Old kubelets say in an event only why they can't pull. */
    private static String pullError(Seen seen, Pod pod, String reason, String message) {
        if (!reason.equals("ImagePullBackOff") || message.contains("ErrImagePull")) {
            return "";
        }
        return events(seen, pod)
                .map(e -> text(e.getMessage()))
                .filter(m -> m.startsWith("Failed to pull image"))
                .findFirst()
                .map(m -> ": " + m)
                .orElse("");
    }

    private static Optional<ContainerStatus> worker(Pod pod, PodStatus status) {
        List<ContainerStatus> all = present(status.getContainerStatuses());
        PodSpec spec = pod.getSpec();
        String first = spec == null
                ? ""
                : present(spec.getContainers()).stream()
                        .map(Container::getName)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse("");
        return all.stream()
                .filter(c -> JobManifest.CONTAINER.equals(c.getName()))
                .findFirst()
                .or(() -> all.stream().filter(c -> first.equals(c.getName())).findFirst())
                .or(() -> all.stream().findFirst());
    }

    // ---- fields ----

    /** A status with all that the pod tells of where and when. */
    private static JobStatus told(Pod pod, JobState state, OptionalInt exit, String detail) {
        PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
        Optional<ContainerState> worker = worker(pod, status).map(ContainerStatus::getState);
        Optional<ContainerStateTerminated> end = worker.map(ContainerState::getTerminated);
        Optional<Instant> started = end.flatMap(e -> time(e.getStartedAt()))
                .or(() -> worker.map(ContainerState::getRunning).flatMap(r -> time(r.getStartedAt())))
                // A container that could not be started is told to have started in 1970.
                .filter(t -> t.getEpochSecond() > 0)
                .filter(t -> state != JobState.PENDING);
        Optional<Instant> ended = state.ended()
                ? end.flatMap(e -> time(e.getFinishedAt())).filter(t -> t.getEpochSecond() > 0)
                : Optional.empty();
        Optional<String> host =
                Optional.ofNullable(pod.getSpec()).map(PodSpec::getNodeName).filter(n -> !n.isBlank());
        return new JobStatus(state, exit, detail, host, started, ended);
    }

    private static JobStatus withExit(JobStatus s, OptionalInt exit) {
        return new JobStatus(s.state(), exit, s.detail(), s.host(), s.started(), s.ended());
    }

    private static JobStatus ended(JobState state, OptionalInt exit, String detail, Optional<JobCondition> at) {
        return new JobStatus(
                state,
                exit,
                detail,
                Optional.empty(),
                Optional.empty(),
                at.flatMap(c -> time(c.getLastTransitionTime())));
    }

    private static OptionalInt code(ContainerStateTerminated end) {
        return end.getExitCode() == null ? OptionalInt.empty() : OptionalInt.of(end.getExitCode());
    }

    private static String exit(OptionalInt code) {
        if (code.isEmpty()) {
            return "no exit code";
        }
        int n = code.getAsInt();
        String signal = SIGNALS.get(n - 128);
        return "exit code " + n + (signal == null ? "" : ", " + signal);
    }

    private static String said(JobCondition c) {
        String reason = text(c.getReason());
        return line(reason.isEmpty() ? text(c.getType()) : reason, text(c.getMessage()));
    }

    private static String said(Event e) {
        return line(text(e.getReason()), text(e.getMessage()));
    }

    private static String line(String begin, String message) {
        String flat = message.replaceAll("\\p{Cntrl}+", " ").strip();
        return flat.isEmpty() ? begin : begin + ": " + flat;
    }

    private static Optional<JobCondition> condition(Job job, String type) {
        return job.getStatus() == null
                ? Optional.empty()
                : present(job.getStatus().getConditions()).stream()
                        .filter(c -> text(c.getType()).equals(type)
                                && text(c.getStatus()).equals("True"))
                        .findFirst();
    }

    private static Optional<PodCondition> condition(PodStatus status, String type) {
        return present(status.getConditions()).stream()
                .filter(c ->
                        text(c.getType()).equals(type) && text(c.getStatus()).equals("True"))
                .findFirst();
    }

    /** An object's events, the latest first. */
    private static Stream<Event> events(Seen seen, HasMetadata object) {
        ObjectMeta meta = object.getMetadata();
        if (meta == null) {
            return Stream.empty();
        }
        String kind = object instanceof Pod ? "Pod" : "Job";
        return seen.events().stream()
                .filter(e -> e.getInvolvedObject() != null)
                .filter(e -> kind.equals(e.getInvolvedObject().getKind()))
                .filter(e -> same(meta, e))
                .sorted(Comparator.comparing(JobStates::when).reversed());
    }

    /** By name, and by uid where both are known: a Job of the same name may have been there before. */
    private static boolean same(ObjectMeta meta, Event e) {
        String uid = e.getInvolvedObject().getUid();
        return meta.getName() != null
                && meta.getName().equals(e.getInvolvedObject().getName())
                && (uid == null || meta.getUid() == null || uid.equals(meta.getUid()));
    }

    private static Instant when(Event e) {
        return time(e.getLastTimestamp())
                .or(() -> e.getEventTime() == null
                        ? Optional.empty()
                        : time(e.getEventTime().getTime()))
                .or(() -> e.getMetadata() == null
                        ? Optional.empty()
                        : time(e.getMetadata().getCreationTimestamp()))
                .orElse(Instant.EPOCH);
    }

    private static boolean isIndexed(Job job) {
        return Optional.ofNullable(job.getSpec())
                .map(JobSpec::getCompletionMode)
                .filter("Indexed"::equals)
                .isPresent();
    }

    private static String restartPolicy(Job job) {
        return Optional.ofNullable(job.getSpec())
                .map(JobSpec::getTemplate)
                .map(t -> t.getSpec())
                .map(PodSpec::getRestartPolicy)
                .orElse("Never");
    }

    private static boolean deleted(HasMetadata object) {
        return object.getMetadata() != null && object.getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether {@code 0,2-4,7} has it. */
    static boolean contains(@Nullable String indexes, int index) {
        if (indexes == null) {
            return false;
        }
        return Arrays.stream(indexes.split(",", -1))
                .map(String::strip)
                .filter(part -> part.matches("[0-9]{1,9}(-[0-9]{1,9})?"))
                .map(part -> part.split("-", -1))
                .anyMatch(
                        ends -> Integer.parseInt(ends[0]) <= index && index <= Integer.parseInt(ends[ends.length - 1]));
    }

    private static Optional<Instant> time(HasMetadata object, Function<ObjectMeta, @Nullable String> field) {
        return object.getMetadata() == null ? Optional.empty() : time(field.apply(object.getMetadata()));
    }

    private static Optional<Instant> time(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text.strip();
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }

    private static <T> List<T> present(@Nullable Collection<? extends @Nullable T> all) {
        List<T> list = new ArrayList<>();
        if (all != null) {
            for (T one : all) {
                if (one != null) {
                    list.add(one);
                }
            }
        }
        return list;
    }
}

package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pod that commands run in. It is made when it is first needed, and again when it has gone. It ends by itself when
 * no command has come for some time, for it may be left behind by a driver that was killed.
 */
final class Door {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    /** Marks these pods, beside the labels they are given. */
    static final String LABEL = "clustrix.io/door";

    private static final int TICK_SECONDS = 5;
    private static final Duration FIRST_LOOK = Duration.ofMillis(100);
    private static final Duration LAST_LOOK = Duration.ofSeconds(2);
    private static final Duration GRACE = Duration.ZERO;

    /** What no waiting mends. */
    private static final Set<String> HOPELESS =
            Set.of("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "RunContainerError");

    /** A signal USR1 starts the time anew: each command sends one. */
    private static final String WAIT = "i=0; trap 'i=0' USR1; trap 'exit 0' TERM INT; "
            + "while [ $i -lt \"$1\" ]; do sleep " + TICK_SECONDS + " & wait $!; i=$((i+1)); done";

    private final Api api;
    private final String prefix;
    private final Map<String, String> labels;
    private final Supplier<Pod> form;
    private final Limits limits;
    private final SecureRandom random = new SecureRandom();
    private @Nullable Place place;
    private boolean swept;

    /**
     * How long things may take.
     *
     * @param start until it runs
     * @param pull how long it may fail to have its image or its claim
     * @param idle after the last command until it ends by itself
     */
    record Limits(Duration start, Duration pull, Duration idle) {
        static final Limits STANDARD =
                new Limits(Duration.ofMinutes(3), Duration.ofSeconds(30), Duration.ofMinutes(30));
    }

    /** A pod and the container in it that commands run in. */
    record Place(String pod, String container) {}

    /**
     * None yet.
     *
     * @param labels by which those of other drivers are found; added to those of the form
     * @param form with one container at least, the first of which is to have a shell; what it runs is set here
     */
    Door(Api api, String prefix, Map<String, String> labels, Supplier<Pod> form, Limits limits) {
        this.api = api;
        this.prefix = prefix;
        this.labels = Map.copyOf(labels);
        this.form = form;
        this.limits = limits;
    }

    /** A pod that runs; waits for it if it has to be made. */
    synchronized Place open() throws InterruptedException {
        Place there = place;
        if (there == null) {
            sweep();
            there = make();
            place = there;
        }
        return there;
    }

    /** Whether a place is gone for good; it is forgotten then. */
    synchronized boolean isGone(Place old) throws InterruptedException {
        if (!old.equals(place)) {
            return true;
        }
        Optional<Pod> pod = api.pod(old.pod());
        if (pod.isPresent() && ExecOverApi.runs(pod.get(), old.container())) {
            return false;
        }
        place = null;
        delete(old.pod());
        return true;
    }

    /** Deletes the pod. */
    synchronized void close() throws InterruptedException {
        Place there = place;
        place = null;
        if (there != null) {
            delete(there.pod());
        }
    }

    private void delete(String pod) throws InterruptedException {
        try {
            boolean unused = api.deletePod(pod, GRACE);
        } catch (ClustrixException e) {
            LOG.warn("the pod {} could not be deleted; it ends by itself: {}", pod, e.getMessage());
        }
    }

    // Pods that have ended stay listed until somebody deletes them; other drivers may have been killed.
    private void sweep() throws InterruptedException {
        if (swept || labels.isEmpty()) {
            return;
        }
        swept = true;
        Map<String, String> all = new LinkedHashMap<>(labels);
        all.put(LABEL, "true");
        for (Pod pod : api.pods(all)) {
            String phase = phase(pod);
            if ("Succeeded".equals(phase) || "Failed".equals(phase)) {
                delete(pod.getMetadata().getName());
            }
        }
    }

    private Place make() throws InterruptedException {
        byte[] bytes = new byte[5];
        random.nextBytes(bytes);
        String name = prefix + "-" + HexFormat.of().formatHex(bytes);
        Pod whole = form.get();
        PodSpec given = whole.getSpec();
        List<Container> containers = new ArrayList<>(given.getContainers());
        Container first = new ContainerBuilder(containers.get(0))
                .withCommand(
                        "sh", "-c", WAIT, "sh", Long.toString(1 + limits.idle().toSeconds() / TICK_SECONDS))
                .withArgs()
                .build();
        containers.set(0, first);
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(unqueued(whole.getMetadata().getLabels()))
                .withAnnotations(whole.getMetadata().getAnnotations())
                .addToLabels(labels)
                .addToLabels(LABEL, "true")
                .endMetadata()
                .withSpec(new PodSpecBuilder(given)
                        .withContainers(containers)
                        .withRestartPolicy("Never")
                        .withTerminationGracePeriodSeconds(1L)
                        .build())
                .build();
        Pod unused = api.createPod(pod);
        boolean runs = false;
        try {
            await(name, first.getName());
            runs = true;
            return new Place(name, first.getName());
        } finally {
            if (!runs) {
                giveUp(name);
            }
        }
    }

    /** Without the labels by which a queueing system would hold it back: a driver waits for it. */
    private static Map<String, String> unqueued(@Nullable Map<String, String> labels) {
        Map<String, String> kept = new LinkedHashMap<>(labels == null ? Map.of() : labels);
        kept.keySet().removeIf(key -> key.startsWith("kueue.x-k8s.io/"));
        return kept;
    }

    private void giveUp(String pod) throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        try {
            delete(pod);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void await(String name, String container) throws InterruptedException {
        long begun = System.nanoTime();
        long waitingSince = 0;
        Duration look = FIRST_LOOK;
        while (true) {
            Pod pod = api.pod(name)
                    .orElseThrow(() -> new HostException(
                            Fault.SITE,
                            true,
                            "the pod " + name + " for commands was deleted before it ran",
                            List.of("somebody else deletes pods of the namespace " + api.namespace()),
                            null));
            if (ExecOverApi.runs(pod, container)) {
                return;
            }
            String phase = phase(pod);
            if ("Failed".equals(phase) || "Succeeded".equals(phase)) {
                throw notStarted(name, ended(pod), Fault.CONFIGURATION, false);
            }
            String reason = waiting(pod);
            if (HOPELESS.contains(reason)) {
                throw notStarted(name, words(pod), Fault.CONFIGURATION, false);
            }
            long now = System.nanoTime();
            // ContainerCreating and PodInitializing take their time.
            boolean backOff = reason.contains("Pull")
                    || reason.contains("BackOff")
                    || reason.contains("Error")
                    || lacksClaim(words(pod));
            waitingSince = !backOff ? 0 : waitingSince == 0 ? now : waitingSince;
            if (backOff && now - waitingSince > limits.pull().toNanos()) {
                throw notStarted(name, words(pod), Fault.CONFIGURATION, false);
            }
            if (now - begun > limits.start().toNanos()) {
                throw notStarted(name, words(pod) + " for " + limits.start().toSeconds() + " s", Fault.SITE, true);
            }
            Thread.sleep(look.toMillis());
            look = look.multipliedBy(2).compareTo(LAST_LOOK) > 0 ? LAST_LOOK : look.multipliedBy(2);
        }
    }

    private HostException notStarted(String name, String why, Fault fault, boolean retryable)
            throws InterruptedException {
        String said = "";
        for (Event event : events(name)) {
            if ("Warning".equals(event.getType()) && event.getMessage() != null) {
                said = event.getReason() + ": " + event.getMessage();
            }
        }
        String problem = "the pod " + name + " for commands does not start in the namespace " + api.namespace() + ": "
                + why + (said.isEmpty() || why.contains(said) ? "" : "; last event: " + said);
        return new HostException(fault, retryable, problem, List.of(mend(why + " " + said)), null);
    }

    private List<Event> events(String name) throws InterruptedException {
        try {
            return api.events("Pod", name);
        } catch (ClustrixException e) {
            // The right to list events may be missing, and the pod's own state says most.
            return List.of();
        }
    }

    private static String mend(String why) {
        if (why.contains("Image") || why.contains("Pull")) {
            return "see that 'image' is right, the nodes can reach its registry, and a pull secret is there";
        }
        if (lacksClaim(why)) {
            return "create the claim in that namespace, or set 'volume.claim' to one that is there: kubectl get pvc";
        }
        if (why.contains("Unschedulable") || why.contains("FailedScheduling")) {
            return "no node has room for it, or none fits its selectors and tolerations";
        }
        if (why.contains("FailedMount") || why.contains("FailedAttachVolume")) {
            return "see that the claim is there and bound: kubectl get pvc";
        }
        if (why.contains("executable file not found") || why.contains("StartError")) {
            return "the image has to have a shell (sh)";
        }
        return "see: kubectl get events";
    }

    /** The scheduler's words; a claim may still be made, but nobody waits for that for long. */
    private static boolean lacksClaim(String words) {
        return words.contains("persistentvolumeclaim") && words.contains("not found");
    }

    static String phase(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getPhase() == null
                ? ""
                : pod.getStatus().getPhase();
    }

    private static String waiting(Pod pod) {
        for (ContainerStatus status : allStatuses(pod)) {
            ContainerState state = status.getState();
            if (state != null
                    && state.getWaiting() != null
                    && state.getWaiting().getReason() != null) {
                return state.getWaiting().getReason();
            }
        }
        return "";
    }

    private static List<ContainerStatus> allStatuses(Pod pod) {
        List<ContainerStatus> all = new ArrayList<>();
        if (pod.getStatus() != null && pod.getStatus().getInitContainerStatuses() != null) {
            all.addAll(pod.getStatus().getInitContainerStatuses());
        }
        all.addAll(ExecOverApi.statuses(pod));
        return all;
    }

    private static String words(Pod pod) {
        for (ContainerStatus status : allStatuses(pod)) {
            ContainerState state = status.getState();
            if (state != null
                    && state.getWaiting() != null
                    && state.getWaiting().getReason() != null) {
                String message = state.getWaiting().getMessage();
                return state.getWaiting().getReason() + (message == null ? "" : ": " + message);
            }
        }
        List<PodCondition> conditions =
                pod.getStatus() == null ? null : pod.getStatus().getConditions();
        for (PodCondition condition : conditions == null ? List.<PodCondition>of() : conditions) {
            if ("PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus())) {
                return condition.getReason() + ": " + condition.getMessage();
            }
        }
        return "it is " + (phase(pod).isEmpty() ? "unknown" : phase(pod));
    }

    private static String ended(Pod pod) {
        for (ContainerStatus status : allStatuses(pod)) {
            ContainerState state = status.getState();
            if (state != null && state.getTerminated() != null) {
                String message = state.getTerminated().getMessage();
                return "it ended with exit code " + state.getTerminated().getExitCode() + " ("
                        + state.getTerminated().getReason() + ")" + (message == null ? "" : ": " + message);
            }
        }
        String reason = pod.getStatus() == null ? null : pod.getStatus().getReason();
        String message = pod.getStatus() == null ? null : pod.getStatus().getMessage();
        return "it is " + phase(pod) + (reason == null ? "" : " (" + reason + ")")
                + (message == null ? "" : ": " + message);
    }
}

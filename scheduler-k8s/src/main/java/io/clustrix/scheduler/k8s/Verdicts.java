package io.clustrix.scheduler.k8s;

import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What follows for the user from the details that {@link JobStates} gives: what to change, and what waits in vain. */
final class Verdicts {
    private static final Pattern WORD = Pattern.compile("([A-Za-z]+).*", Pattern.DOTALL);

    private static final Map<String, String> MENDS = Map.ofEntries(
            Map.entry(
                    "Unschedulable",
                    "No node has room for the pod, or none fits: ask for less 'cores', 'memory' or 'gpus', or change"
                            + " 'node-selector', 'tolerations' or 'volumes'. 'kubectl describe nodes' shows what they have."),
            Map.entry(
                    "ImagePullBackOff",
                    "Check 'image' (name and tag), 'image-pull-secrets', and whether the nodes reach the registry."),
            Map.entry(
                    "ErrImagePull",
                    "Check 'image' (name and tag), 'image-pull-secrets', and whether the nodes reach the registry."),
            Map.entry(
                    "ErrImageNeverPull",
                    "The node does not have the image and must not pull it: set 'image-pull-policy' to IfNotPresent, or"
                            + " load the image onto the nodes."),
            Map.entry("InvalidImageName", "Change 'image': it is no valid name, for instance registry/name:tag."),
            Map.entry("ErrImageInspect", "The node's container runtime can't read the image: check 'image'."),
            Map.entry("SignatureValidationFailed", "The image's signature is not accepted: check 'image'."),
            Map.entry(
                    "CreateContainerConfigError",
                    "Something that the container refers to is missing or forbids it to start: check"
                            + " 'env-from-secrets', 'volumes', 'run-as-user' and the pod template."),
            Map.entry(
                    "CreateContainerError",
                    "The container can't be made as it is asked for: check 'image', 'volumes' and the pod template."),
            Map.entry(
                    "RunContainerError",
                    "The container can't be started: check that 'image' has /bin/sh, and the pod template."),
            Map.entry("StartError", "The container's command can't be started: check that 'image' has /bin/sh."),
            Map.entry("ContainerCannotRun", "The container can't be started: check that 'image' has /bin/sh."),
            Map.entry(
                    "FailedMount",
                    "A volume can't be mounted: check 'volumes', 'volume.claim' and the pod template for names that are"
                            + " not in the namespace."),
            Map.entry(
                    "FailedAttachVolume",
                    "A volume can't be attached to the node: a claim that is ReadWriteOnce may be in use on another one."),
            Map.entry(
                    "FailedCreate",
                    "The namespace does not let the pod be made: ask for less, change 'service-account' or 'security', or"
                            + " have its ResourceQuota, LimitRange or pod"
                            + " security level changed ('kubectl describe quota')."),
            Map.entry("OOMKilled", "Ask for more 'memory'."),
            Map.entry(
                    "Evicted",
                    "The node took the pod away for what it used: raise 'scratch-size' or ask for more 'memory', so that it"
                            + " is reserved."),
            Map.entry("DeadlineExceeded", "Ask for more 'time'."),
            Map.entry("Walltime", "Ask for more 'time'."),
            Map.entry("PreemptionByScheduler", "A pod of higher priority took its place: change 'priority-class'."),
            Map.entry("Preempted", "A pod of higher priority took its place: change 'priority-class'."),
            Map.entry("Preempting", "A pod of higher priority took its place: change 'priority-class'."),
            Map.entry("InitContainerFailed", "An init container of the pod template failed: look at its log."),
            Map.entry("Deleted", "Somebody else deleted it, or a controller of the cluster did."),
            Map.entry("PodGone", "Somebody else deleted the pod, or its node was removed."));

    private static final String OVER_LIMIT =
            "Ask for more: raise 'scratch-size', or the limit of ephemeral-storage in the pod template; or have the tasks"
                    + " write less to the pod's own disk.";

    /** What may pass, though its word stands for what does not. */
    private static final Pattern PASSING = Pattern.compile(
            "toomanyrequests|429|too many requests|i/o timeout|tls handshake timeout|\\b50[0234]\\b|temporar"
                    + "|context deadline exceeded|is reserved for|multi-attach|timed out waiting|pull qps exceeded");

    private static final Pattern AMOUNT = Pattern.compile("([A-Za-z0-9./_-]+)=([0-9.]+[A-Za-z]*)");
    private static final Pattern CLAUSE = Pattern.compile("[0-9]+ (?:node\\(s\\) )?(.+)");

    private Verdicts() {}

    /** The word that a detail begins with. */
    static String word(String detail) {
        Matcher m = WORD.matcher(detail);
        return m.matches() ? m.group(1) : "";
    }

    /** What a user can change about a status, if that is known: a sentence. */
    static Optional<String> mend(JobStatus status) {
        Optional<String> over = overLimit(status);
        return over.isPresent() ? over : Optional.ofNullable(MENDS.get(word(status.detail())));
    }

    /**
     * Why waiting is in vain, if it is.
     *
     * @param waiting a status that {@link JobStates} gave
     */
    static Optional<String> hopeless(JobStatus waiting) {
        if (waiting.state() != JobState.PENDING) {
            return Optional.empty();
        }
        String detail = waiting.detail();
        boolean inVain = switch (word(detail)) {
            case "InvalidImageName",
                    "ErrImageNeverPull",
                    "ErrImageInspect",
                    "SignatureValidationFailed",
                    "CreateContainerConfigError" -> true;
            case "ImagePullBackOff", "ErrImagePull", "CreateContainerError", "RunContainerError" -> !passes(detail);
            case "FailedMount", "FailedMapVolume" ->
                !passes(detail)
                        && (detail.contains("not found")
                                || detail.contains("non-existent")
                                || detail.contains("does not exist")
                                || detail.contains("type check failed"));
            case "FailedCreate" -> isRefusedForGood(detail);
            case "Unschedulable" -> fitsNowhere(detail);
            default -> false;
        };
        return inVain
                ? Optional.of("Kubernetes accepted the job but can't start it (" + detail + "). "
                        + mend(waiting).orElse(""))
                : Optional.empty();
    }

    /** What to ask for, if a pod was taken away for a limit of its own, which it would meet again. */
    static Optional<String> overLimit(JobStatus ended) {
        return ended.state() == JobState.FAILED && word(ended.detail()).equals("Evicted") && isOwnFault(ended.detail())
                ? Optional.of(OVER_LIMIT)
                : Optional.empty();
    }

    /** Whether an eviction was for a limit of the pod's own and not for what the node lacked. */
    static boolean isOwnFault(String message) {
        String text = message.toLowerCase(Locale.ROOT);
        return text.contains("exceeds the limit")
                || text.contains("exceeds the total limit")
                || text.contains("exceeded its local ephemeral storage limit");
    }

    private static boolean passes(String detail) {
        return PASSING.matcher(detail.toLowerCase(Locale.ROOT)).find();
    }

    /** A quota that is used up gets free when other pods end; one that is less than what is asked for never does. */
    private static boolean isRefusedForGood(String detail) {
        if (passes(detail)) {
            return false;
        }
        if (!detail.contains("exceeded quota")) {
            return Stream.of(" is forbidden", " is invalid", "not found", "violates PodSecurity", "must specify")
                    .anyMatch(detail::contains);
        }
        Map<String, BigDecimal> requested = amounts(between(detail, "requested: ", ", used: "));
        Map<String, BigDecimal> limited = amounts(between(detail, "limited: ", ""));
        return requested.entrySet().stream()
                .anyMatch(r -> limited.containsKey(r.getKey()) && r.getValue().compareTo(limited.get(r.getKey())) > 0);
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        if (from < 0) {
            return "";
        }
        int to = end.isEmpty() ? -1 : text.indexOf(end, from);
        return text.substring(from + begin.length(), to < 0 ? text.length() : to);
    }

    private static Map<String, BigDecimal> amounts(String list) {
        Map<String, BigDecimal> amounts = new HashMap<>();
        Matcher m = AMOUNT.matcher(list);
        while (m.find()) {
            String name = m.group(1);
            amount(m.group(2)).ifPresent(a -> amounts.put(name, a));
        }
        return amounts;
    }

    private static Optional<BigDecimal> amount(String text) {
        Matcher m = Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
                .matcher(text);
        if (!m.matches()) {
            return Optional.empty();
        }
        String unit = m.group(2) == null ? "" : m.group(2);
        BigDecimal n = new BigDecimal(m.group(1));
        if (unit.equals("m")) {
            return Optional.of(n.movePointLeft(3));
        }
        int power = unit.isEmpty()
                ? 0
                : "kmgt".indexOf(unit.toLowerCase(Locale.ROOT).charAt(0)) + 1;
        return Optional.of(
                n.multiply(BigDecimal.valueOf(unit.endsWith("i") ? 1024 : 1000).pow(power)));
    }

    /**
     * Whether each node is ruled out by what does not change: not by pods that run there now, nor by a state of the
     * node that passes. Where the cluster makes new nodes for the pod, none of this holds.
     */
    private static boolean fitsNowhere(String detail) {
        if (JobStates.SCALING.stream().anyMatch(detail::contains)) {
            return false;
        }
        if (detail.matches("(?s).*persistentvolumeclaim \"[^\"]*\" not found.*")) {
            return true;
        }
        int begin = detail.indexOf("nodes are available: ");
        if (begin < 0) {
            return false;
        }
        String list = detail.substring(begin + "nodes are available: ".length())
                .replaceFirst("\\. ?preemption: .*", "")
                .replaceFirst("\\.$", "");
        String[] clauses = list.split(", (?=[0-9]+ )", -1);
        return Stream.of(clauses).allMatch(c -> {
            Matcher m = CLAUSE.matcher(c.strip());
            return m.matches() && isLasting(m.group(1));
        });
    }

    private static boolean isLasting(String why) {
        boolean ofState = why.contains("node.kubernetes.io/") || why.contains("node.cloudprovider.kubernetes.io/");
        return why.contains("node affinity")
                || why.contains("node selector")
                || ((why.contains("had taint") || why.contains("untolerated taint")) && !ofState);
    }
}

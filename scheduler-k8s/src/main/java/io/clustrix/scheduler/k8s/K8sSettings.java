package io.clustrix.scheduler.k8s;

import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * The settings of a cluster block with {@code executor = k8s}; the keys are documented in this module's
 * {@code reference.conf}. Words that Kubernetes has for a thing ({@code IfNotPresent}, {@code NoSchedule}) are written
 * as it writes them.
 */
record K8sSettings(
        Optional<Path> kubeconfig,
        Optional<String> context,
        Optional<String> namespace,
        Mode mode,
        Optional<String> image,
        Optional<String> imagePullPolicy,
        List<String> imagePullSecrets,
        List<String> imageClassPath,
        List<String> classPathExclude,
        VolumeMode volume,
        Optional<String> serviceAccount,
        boolean mountServiceAccountToken,
        Map<String, String> nodeSelector,
        List<Toleration> tolerations,
        Optional<String> priorityClass,
        Optional<String> cpuRequest,
        Optional<Memory> memoryRequest,
        boolean cpuLimit,
        String gpuResource,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Mount> volumes,
        List<String> envFromSecrets,
        Security security,
        OptionalLong runAsUser,
        Optional<Path> podTemplate,
        Optional<Memory> scratchSize,
        Duration grace,
        Duration keepFinished,
        Duration inputPatience,
        Duration resultPatience) {

    /** How code and data go into the pods, and results out of them. */
    enum Mode {
        /** Through the API server, into a directory of the pod's own. */
        STREAM,
        /** By a claim that all pods mount. */
        VOLUME,
        /** The class path is in the image, all else goes through the API server. */
        IMAGE
    }

    /** Whose word it is what a container may do. */
    enum Security {
        /** The image's and the pod template's. */
        IMAGE,
        /** The profile "restricted" of the Pod Security Standards, and a root file system that can't be written. */
        RESTRICTED
    }

    /**
     * Where the engine's files are with {@link Mode#VOLUME}.
     *
     * @param claim a PersistentVolumeClaim of the namespace
     * @param path where pods mount it
     */
    record VolumeMode(Optional<String> claim, RemotePath path) {
        VolumeMode {
            claim.ifPresent(c -> checkName("claim", c));
            if (path.value().contains(":") || path.value().equals("/")) {
                throw new IllegalArgumentException(
                        "path must be a directory of its own without ':', not '" + path.value() + "'");
            }
        }
    }

    /** A toleration as a pod has it; no {@code key} with {@code Exists} tolerates all. */
    record Toleration(
            Optional<String> key,
            Optional<String> operator,
            Optional<String> value,
            Optional<String> effect,
            OptionalLong seconds) {
        Toleration {
            key.ifPresent(k -> checkKey("key", k));
            operator.ifPresent(o -> oneOf("operator", o, List.of("Equal", "Exists")));
            boolean exists = operator.isPresent() && operator.get().equals("Exists");
            if (exists && value.isPresent()) {
                throw new IllegalArgumentException("value has no meaning with operator = Exists");
            }
            if (!exists && key.isEmpty()) {
                throw new IllegalArgumentException("key is missing; only operator = Exists goes without one");
            }
            value.ifPresent(v -> checkLabelValue("value", v));
            effect.ifPresent(e -> oneOf("effect", e, List.of("NoSchedule", "PreferNoSchedule", "NoExecute")));
            if (seconds.isPresent() && !(effect.isPresent() && effect.get().equals("NoExecute"))) {
                throw new IllegalArgumentException("seconds has a meaning with effect = NoExecute only");
            }
        }
    }

    /** A further volume of the pods, of exactly one kind. */
    record Mount(
            String name,
            RemotePath mountPath,
            Optional<String> claim,
            Optional<String> secret,
            Optional<String> configMap,
            Optional<RemotePath> hostPath,
            Optional<EmptyDir> emptyDir,
            Optional<Boolean> readOnly,
            Optional<String> subPath) {
        Mount {
            checkLabel("name", name);
            if (name.equals(JobManifest.VOLUME) || name.equals(JobManifest.TEMPORARY)) {
                throw new IllegalArgumentException("name '" + name + "' is that of a volume of Clustrix's own");
            }
            if (mountPath.value().contains(":") || mountPath.value().equals("/")) {
                throw new IllegalArgumentException(
                        "mount-path must be a directory of its own without ':', not '" + mountPath.value() + "'");
            }
            claim.ifPresent(c -> checkName("claim", c));
            secret.ifPresent(s -> checkName("secret", s));
            configMap.ifPresent(c -> checkName("config-map", c));
            long kinds = Stream.of(claim, secret, configMap, hostPath, emptyDir)
                    .filter(Optional::isPresent)
                    .count();
            if (kinds != 1) {
                throw new IllegalArgumentException(
                        "volume '" + name + "' needs exactly one of claim, secret, config-map,"
                                + " host-path and empty-dir, not " + (kinds == 0 ? "none" : Long.toString(kinds)));
            }
            subPath.ifPresent(s -> {
                if (s.isBlank()
                        || s.startsWith("/")
                        || List.of(s.split("/", -1)).contains("..")) {
                    throw new IllegalArgumentException("sub-path must be relative and without '..', not '" + s + "'");
                }
            });
        }
    }

    /**
     * A directory that lives as long as its pod.
     *
     * @param size the most that it may hold
     */
    record EmptyDir(Optional<Memory> size) {}

    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern LABEL_VALUE = Pattern.compile("([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
    private static final Pattern CPU = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,3})?|[0-9]{1,9}m");
    /** What Kubernetes and Clustrix find their own objects by. */
    private static final Set<String> RESERVED = Set.of("app.kubernetes.io/managed-by", "job-name", "controller-uid");

    K8sSettings {
        context.ifPresent(c -> checkWord("context", c));
        namespace.ifPresent(n -> checkLabel("namespace", n));
        image.ifPresent(i -> checkImage("image", i));
        imagePullPolicy.ifPresent(p -> oneOf("image-pull-policy", p, List.of("Always", "IfNotPresent", "Never")));
        imagePullSecrets.forEach(s -> checkName("image-pull-secrets", s));
        if (mode == Mode.IMAGE && imageClassPath.isEmpty()) {
            throw new IllegalArgumentException(
                    "mode = image needs image-class-path: where the image has the class path,"
                            + " for instance [\"/app/lib/*\"]");
        }
        if (mode != Mode.IMAGE && !imageClassPath.isEmpty()) {
            throw new IllegalArgumentException("image-class-path has a meaning with mode = image only");
        }
        for (String entry : imageClassPath) {
            if (!entry.startsWith("/") || entry.contains(":") || entry.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        "image-class-path: an entry is one absolute path without ':', not '" + entry + "'");
            }
        }
        for (String pattern : classPathExclude) {
            try {
                var unused = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "class-path-exclude: '" + pattern + "' is no pattern of file names: " + e.getDescription(), e);
            }
        }
        if (mode == Mode.VOLUME && volume.claim().isEmpty()) {
            throw new IllegalArgumentException(
                    "mode = volume needs volume.claim: the PersistentVolumeClaim that all pods mount");
        }
        serviceAccount.ifPresent(s -> checkName("service-account", s));
        nodeSelector.forEach((k, v) -> {
            checkKey("node-selector", k);
            checkLabelValue("node-selector", v);
        });
        priorityClass.ifPresent(p -> checkName("priority-class", p));
        cpuRequest.ifPresent(c -> {
            if (!CPU.matcher(c).matches() || c.matches("[0.]+m?")) {
                throw new IllegalArgumentException(
                        "cpu-request must be more than 0 and of the form 2, 0.5 or 500m, not '" + c + "'");
            }
        });
        if (!gpuResource.contains("/")) {
            throw new IllegalArgumentException(
                    "gpu-resource must be of the form vendor/name, for instance amd.com/gpu, not '" + gpuResource
                            + "'");
        }
        checkKey("gpu-resource", gpuResource);
        labels.forEach((k, v) -> {
            checkKey("labels", k);
            checkLabelValue("labels", v);
            if (RESERVED.contains(k) || k.startsWith("clustrix.io/") || k.startsWith("batch.kubernetes.io/")) {
                throw new IllegalArgumentException("labels: '" + k + "' is set by Clustrix or Kubernetes itself");
            }
        });
        annotations.keySet().forEach(k -> checkKey("annotations", k));
        Set<String> names = new HashSet<>();
        for (Mount mount : volumes) {
            if (!names.add(mount.name())) {
                throw new IllegalArgumentException("volumes: there are two of the name '" + mount.name() + "'");
            }
        }
        envFromSecrets.forEach(s -> checkName("env-from-secrets", s));
        if (runAsUser.isPresent() && (runAsUser.getAsLong() < 0 || runAsUser.getAsLong() > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException("run-as-user must be a user's number, not " + runAsUser.getAsLong());
        }
        if (security == Security.RESTRICTED && runAsUser.isPresent() && runAsUser.getAsLong() == 0) {
            throw new IllegalArgumentException("run-as-user must not be 0 (root) with security = restricted");
        }
        atLeast("grace", grace, 1);
        atLeast("keep-finished", keepFinished, 60);
        atLeast("input-patience", inputPatience, 10);
        atLeast("result-patience", resultPatience, 10);
        imagePullSecrets = List.copyOf(imagePullSecrets);
        imageClassPath = List.copyOf(imageClassPath);
        classPathExclude = List.copyOf(classPathExclude);
        tolerations = List.copyOf(tolerations);
        volumes = List.copyOf(volumes);
        envFromSecrets = List.copyOf(envFromSecrets);
    }

    /** Where pods have the engine's files. */
    RemotePath workDirectory() {
        return mode == Mode.VOLUME ? volume.path() : new RemotePath(JobManifest.WORK_DIRECTORY);
    }

    private static void atLeast(String key, Duration value, int seconds) {
        if (value.compareTo(Duration.ofSeconds(seconds)) < 0 || value.compareTo(Duration.ofDays(3650)) > 0) {
            throw new IllegalArgumentException(key + " must be between " + seconds + "s and 3650d, not " + value);
        }
    }

    private static void oneOf(String key, String value, List<String> words) {
        if (!words.contains(value)) {
            throw new IllegalArgumentException(
                    key + " must be one of " + String.join(", ", words) + ", not '" + shown(value) + "'");
        }
    }

    private static void checkWord(String key, String value) {
        if (value.isBlank() || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(key + " must not be blank or have a control character");
        }
    }

    private static void checkLabel(String key, String value) {
        if (!LABEL.matcher(value).matches()) {
            throw new IllegalArgumentException(key
                    + " must be 1 to 63 of the characters a-z, 0-9 and '-', the first and the last no '-', not '"
                    + shown(value) + "'");
        }
    }

    /** Checks the form that Kubernetes wants of an object's name. */
    static void checkName(String key, String value) {
        if (!SUBDOMAIN.matcher(value).matches()) {
            throw new IllegalArgumentException(key
                    + " must be an object's name (the characters a-z, 0-9, '-' and '.'), not '" + shown(value) + "'");
        }
    }

    /** Checks the form of an image's name, as far as it would not be seen but by a pod that waits for ever. */
    static void checkImage(String key, String value) {
        if (!value.matches("[A-Za-z0-9][A-Za-z0-9._:/@-]*") || value.endsWith(":") || value.endsWith("@")) {
            throw new IllegalArgumentException(key
                    + " must be of the form registry/name:tag or registry/name@sha256:..., not '" + shown(value) + "'");
        }
        String last = value.substring(value.lastIndexOf('/') + 1).replaceFirst("[:@].*", "");
        if (!last.matches("[a-z0-9]([a-z0-9._-]*[a-z0-9])?")) {
            throw new IllegalArgumentException(key + " '" + shown(value)
                    + "': the name before the tag must be of the characters a-z, 0-9, '.', '_' and '-'");
        }
    }

    /** Checks the form of a label's or annotation's key. */
    static void checkKey(String key, String value) {
        int slash = value.indexOf('/');
        boolean prefix =
                slash < 0 || SUBDOMAIN.matcher(value.substring(0, slash)).matches();
        String name = value.substring(slash + 1);
        if (!prefix || name.isEmpty() || !LABEL_VALUE.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    key + ": '" + shown(value) + "' is no key; write NAME or PREFIX/NAME, as in kubernetes.io/arch");
        }
    }

    /** Checks the form of a label's value. */
    static void checkLabelValue(String key, String value) {
        if (!LABEL_VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException(key
                    + ": a value is up to 63 of the characters A-Z, a-z, 0-9, '_', '.' and '-', the first and the last a"
                    + " letter or digit, not '" + shown(value) + "'");
        }
    }

    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() > 80 ? line.substring(0, 80) + "..." : line;
    }
}

package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.K8sSettings.Mode;
import io.clustrix.scheduler.k8s.K8sSettings.Mount;
import io.clustrix.scheduler.k8s.K8sSettings.Security;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans as Kubernetes' documents. What can't be said to Kubernetes is refused by a {@link ConfigurationException}
 * before anything is sent, all problems of a plan at once. Immutable.
 */
final class JobManifest {
    /** The name of the worker's container. */
    static final String CONTAINER = "worker";
    /** Where a pod has its files if they are its own. */
    static final String WORK_DIRECTORY = "/clustrix";
    /** The name of the volume with the engine's files. */
    static final String VOLUME = "clustrix";
    /** The name of the volume that is a restricted pod's /tmp. */
    static final String TEMPORARY = "clustrix-tmp";
    /** The variable with the name of the Job; with elements that are Jobs of their own, that of the whole array. */
    static final String JOB_VARIABLE = "CLUSTRIX_K8S_JOB";
    /** The variable with an element's index, which Kubernetes sets itself in Indexed Jobs. */
    static final String INDEX_VARIABLE = "JOB_COMPLETION_INDEX";
    /** The label with the index of an element that is a Job of its own. */
    static final String INDEX_LABEL = "clustrix.io/index";
    /** The most elements of one Indexed Job. */
    static final int LARGEST_ARRAY = 100_000;

    /** The label of all that is Clustrix's, and its value. */
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";

    static final String CLUSTRIX = "clustrix";
    /** The label with the name of the cluster's block. */
    static final String CLUSTER_LABEL = "clustrix.io/cluster";
    /** The label with the engine's key of the job. */
    static final String KEY_LABEL = "clustrix.io/job";
    /** The label with the Job's name; with elements that are Jobs of their own, that of the whole array. */
    static final String NAME_LABEL = "clustrix.io/name";

    private static final int LONGEST_NAME = 52;
    private static final int HASH = 10;
    /** For pulling the image and all else that is neither waiting nor work. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    /** For what the script has left to be fetched, after its own grace. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(10);

    private static final String SELECT = "node-selector";
    private static final String SELECT_ONE = SELECT + ".";
    private static final String OPTIONS =
            "image, image-pull-policy, node-selector.KEY, node-selector, priority-class, service-account";

    private final K8sSettings settings;
    private final TemplateFile template;

    /**
     * Reads the pod template, if there is one.
     *
     * @throws ConfigurationException if it is not of the form
     */
    JobManifest(K8sSettings settings) {
        this.settings = settings;
        this.template = settings.podTemplate().map(TemplateFile::read).orElseGet(TemplateFile::empty);
    }

    /**
     * What the worker's container runs.
     *
     * @param command the program and its arguments
     * @param variables its environment, besides what this class sets
     */
    record Run(List<String> command, Map<String, String> variables) {
        Run {
            command = List.copyOf(command);
            variables = new TreeMap<>(variables);
        }
    }

    /**
     * The name of a plan's Job: of the form that Kubernetes wants, at most 52 characters, the same for the same name
     * and another for another.
     */
    static String name(String jobName) {
        String plain = jobName.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
        if (plain.equals(jobName) && plain.length() <= LONGEST_NAME && !plain.endsWith("-")) {
            return plain;
        }
        String begin = plain.substring(0, Math.min(plain.length(), LONGEST_NAME - HASH - 1));
        return begin.replaceAll("-+$", "") + "-" + hash(jobName);
    }

    /** The name of the Job of one element, where elements are Jobs of their own; at most 63 characters. */
    static String name(String jobName, int index) {
        return name(jobName) + "-" + index;
    }

    /** The labels of all objects of one job. */
    static Map<String, String> labels(String cluster, String key, String jobName) {
        return Map.of(
                MANAGED_BY,
                CLUSTRIX,
                CLUSTER_LABEL,
                labelValue(cluster),
                KEY_LABEL,
                labelValue(key),
                NAME_LABEL,
                name(jobName));
    }

    /** The labels of all objects of a cluster's block, and of no others. */
    static Map<String, String> labels(String cluster) {
        return Map.of(MANAGED_BY, CLUSTRIX, CLUSTER_LABEL, labelValue(cluster));
    }

    /** A text as a label's value: as it is if it can be one, else of the same for the same and another for another. */
    private static String labelValue(String text) {
        try {
            K8sSettings.checkLabelValue("", text);
            return text;
        } catch (IllegalArgumentException e) {
            String plain = text.replaceAll("[^A-Za-z0-9_.-]", "-");
            return "x" + plain.substring(0, Math.min(plain.length(), LONGEST_NAME - HASH)) + "-" + hash(text);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Refuses a plan that can't be said to Kubernetes.
     *
     * @throws ConfigurationException with all that is wrong
     */
    void check(JobPlan plan) {
        Set<String> problems = new LinkedHashSet<>();
        Set<String> hints = new LinkedHashSet<>();
        Resources r = plan.resources();
        if (r.nodes().orElse(1) > 1) {
            problems.add("a worker is one pod and so on one node, not nodes = "
                    + r.nodes().orElse(1));
            hints.add("Leave 'nodes' out, and map over more elements instead.");
        }
        r.queue().ifPresent(q -> {
            problems.add("Kubernetes has no queue or partition '" + q + "'");
            hints.add(
                    "Choose nodes by the option 'node-selector', and what matters more by 'priority-class'. For a queueing"
                            + " system on top, such as Kueue, set its label by 'labels' in the cluster's block.");
        });
        r.account().ifPresent(a -> {
            problems.add("Kubernetes has no account '" + a + "'");
            hints.add("What is charged is a matter of the namespace: set 'namespace' in the cluster's block.");
        });
        if (plan.elements() > LARGEST_ARRAY) {
            problems.add(plan.elements() + " elements are more than a Job may have (" + LARGEST_ARRAY + ")");
        }
        r.options().forEach((name, value) -> option(name, value, problems));
        if (problems.isEmpty() && image(r).isEmpty()) {
            problems.add("no image is set that workers could run in");
            hints.add(
                    "Set 'image' in the cluster's block (executor = k8s), for instance image = \"eclipse-temurin:17-jre\","
                            + " or the option 'image' of this call, or an image in the pod template.");
        }
        mountProblems(problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(
                    "Kubernetes can't be asked for this: " + String.join("; ", problems), List.copyOf(hints), null);
        }
    }

    private static void option(String name, String value, Set<String> problems) {
        try {
            switch (name) {
                case "image" -> K8sSettings.checkImage("option image", value);
                case "image-pull-policy" -> {
                    if (!List.of("Always", "IfNotPresent", "Never").contains(value)) {
                        problems.add(
                                "option image-pull-policy must be Always, IfNotPresent or Never, not '" + value + "'");
                    }
                }
                case "priority-class", "service-account" -> K8sSettings.checkName("option " + name, value);
                case SELECT -> {
                    for (String part : value.split(",", -1)) {
                        int sign = part.indexOf('=');
                        if (sign < 0) {
                            problems.add("option node-selector must be of the form KEY=VALUE,KEY=VALUE, not '" + value
                                    + "'");
                        } else {
                            K8sSettings.checkKey("option " + SELECT, part.substring(0, sign));
                            K8sSettings.checkLabelValue("option " + SELECT, part.substring(sign + 1));
                        }
                    }
                }
                default -> {
                    if (name.startsWith(SELECT_ONE)) {
                        K8sSettings.checkKey("option " + name, name.substring(SELECT_ONE.length()));
                        K8sSettings.checkLabelValue("option " + name, value);
                    } else {
                        problems.add("option '" + name + "' is unknown; Kubernetes' are " + OPTIONS);
                    }
                }
            }
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    /** Volumes and mount paths that the server would refuse, or that would hide the engine's own files. */
    private void mountProblems(Set<String> problems) {
        Set<String> names = new LinkedHashSet<>(Set.of(VOLUME, TEMPORARY));
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(settings.workDirectory().value(), "Clustrix's own files");
        if (settings.security() == Security.RESTRICTED) {
            paths.put("/tmp", "the directory for temporary files");
        }
        for (Mount m : settings.volumes()) {
            names.add(m.name());
            path(m.mountPath().value(), "volume '" + m.name() + "'", paths, problems);
        }
        for (Volume v : template.spec().getVolumes()) {
            if (!names.add(v.getName())) {
                problems.add("the pod template's volume '" + v.getName() + "' has the name of one of Clustrix's or the"
                        + " cluster block's");
            }
        }
        for (VolumeMount m : template.worker().map(Container::getVolumeMounts).orElse(List.of())) {
            path(m.getMountPath(), "the pod template's volume '" + m.getName() + "'", paths, problems);
        }
    }

    private static void path(String path, String what, Map<String, String> paths, Set<String> problems) {
        String plain = path.replaceAll("/+$", "");
        String other = paths.putIfAbsent(plain, what);
        if (other != null) {
            problems.add(what + " is mounted at " + plain + ", where " + other + " is already");
        }
    }

    private Optional<String> image(Resources r) {
        return Optional.ofNullable(r.options().get("image"))
                .or(settings::image)
                .or(() -> template.worker().flatMap(w -> Optional.ofNullable(w.getImage())));
    }

    /**
     * The Job of a plan with one element.
     *
     * @throws ConfigurationException as {@link #check} does
     */
    Job single(JobPlan plan, Map<String, String> labels, Run run) {
        check(plan);
        return job(name(plan.jobName()), plan, labels, with(run, JOB_VARIABLE, name(plan.jobName())))
                .editSpec()
                .withBackoffLimit(0)
                .endSpec()
                .build();
    }

    /**
     * The Job of one element of a plan, where the server has no Indexed Jobs. How many of them run at once is up to who
     * submits them.
     *
     * @throws ConfigurationException as {@link #check} does
     */
    Job element(JobPlan plan, Map<String, String> labels, Run run, int index) {
        check(plan);
        Map<String, String> all = new TreeMap<>(labels);
        all.put(INDEX_LABEL, Integer.toString(index));
        Run indexed = with(with(run, JOB_VARIABLE, name(plan.jobName())), INDEX_VARIABLE, Integer.toString(index));
        return job(name(plan.jobName(), index), plan, all, indexed)
                .editSpec()
                .withBackoffLimit(0)
                .endSpec()
                .build();
    }

    /**
     * One Job for all elements of a plan. A server that does not know {@code completionMode} drops it from its answer;
     * one that does not know {@code backoffLimitPerIndex} drops that and starts failed elements again, at most as often
     * as {@code backoffLimit} says, which is without bound so that one element does not end the others.
     *
     * @throws ConfigurationException as {@link #check} does
     */
    Job indexed(JobPlan plan, Map<String, String> labels, Run run) {
        check(plan);
        int concurrent = Math.min(plan.elements(), plan.concurrent().orElse(plan.elements()));
        return job(name(plan.jobName()), plan, labels, with(run, JOB_VARIABLE, name(plan.jobName())))
                .editSpec()
                .withCompletionMode("Indexed")
                .withCompletions(plan.elements())
                .withParallelism(concurrent)
                .withBackoffLimitPerIndex(0)
                .withBackoffLimit(Integer.MAX_VALUE)
                .endSpec()
                .build();
    }

    /**
     * A pod that is no worker but has the workers' image, volumes and rights, and asks for no more than the least: a
     * way to the claim of mode {@code volume}.
     *
     * @throws ConfigurationException as {@link #check} does
     */
    Pod door(String name, JobPlan plan, Map<String, String> labels, List<String> command) {
        check(plan);
        Resources.Builder options = Resources.builder();
        plan.resources().options().forEach(options::option);
        PodTemplateSpec pod = pod(options.build(), labels, new Run(command, Map.of()));
        return new PodBuilder()
                .withMetadata(pod.getMetadata())
                .editMetadata()
                .withName(name)
                .endMetadata()
                .withSpec(pod.getSpec())
                .build();
    }

    private static Run with(Run run, String variable, String value) {
        Map<String, String> variables = new TreeMap<>(run.variables());
        variables.put(variable, value);
        return new Run(run.command(), variables);
    }

    private JobBuilder job(String name, JobPlan plan, Map<String, String> labels, Run run) {
        return new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(merged(settings.labels(), labels))
                .withAnnotations(orNull(settings.annotations()))
                .endMetadata()
                .withNewSpec()
                .withTtlSecondsAfterFinished(seconds(settings.keepFinished()))
                .withTemplate(pod(plan.resources(), labels, run))
                .endSpec();
    }

    private PodTemplateSpec pod(Resources r, Map<String, String> labels, Run run) {
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(merged(merged(template.labels(), settings.labels()), labels))
                .withAnnotations(orNull(merged(template.annotations(), settings.annotations())))
                .endMetadata()
                .withSpec(spec(r, run))
                .build();
    }

    private PodSpec spec(Resources r, Run run) {
        PodSpec base = template.spec();
        Map<String, String> options = r.options();
        List<Container> containers = new ArrayList<>();
        containers.add(worker(r, run));
        containers.addAll(base.getContainers());
        List<Volume> volumes = new ArrayList<>(base.getVolumes());
        volumes.addAll(volumes());
        List<Toleration> tolerations = new ArrayList<>(base.getTolerations());
        settings.tolerations().forEach(t -> tolerations.add(toleration(t)));
        Set<LocalObjectReference> pullSecrets = new LinkedHashSet<>(base.getImagePullSecrets());
        settings.imagePullSecrets().forEach(s -> pullSecrets.add(new LocalObjectReference(s)));
        PodSpecBuilder pod = new PodSpecBuilder(base)
                .withContainers(containers)
                .withVolumes(volumes)
                .withTolerations(tolerations)
                .withImagePullSecrets(new ArrayList<>(pullSecrets))
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(
                        (long) seconds(settings.grace().plus(LAST_WORDS)))
                .withNodeSelector(orNull(nodeSelector(base, options)));
        if (settings.mountServiceAccountToken()) {
            pod.withAutomountServiceAccountToken(true);
        } else if (base.getAutomountServiceAccountToken() == null) {
            pod.withAutomountServiceAccountToken(false);
        }
        if (base.getEnableServiceLinks() == null) {
            // Else a pod has some variables for each service of its namespace, which have filled whole environments.
            pod.withEnableServiceLinks(false);
        }
        Optional.ofNullable(options.get("service-account"))
                .or(settings::serviceAccount)
                .ifPresent(pod::withServiceAccountName);
        Optional.ofNullable(options.get("priority-class"))
                .or(settings::priorityClass)
                .ifPresent(pod::withPriorityClassName);
        r.walltime().ifPresent(t -> pod.withActiveDeadlineSeconds(deadline(t)));
        podSecurity(pod, base);
        return pod.build();
    }

    /**
     * The pod's own end, should the worker's container not have seen to it. It counts from when the pod has a node, so
     * all that may happen in between is on top.
     */
    private long deadline(Duration walltime) {
        Duration all = walltime.plus(settings.grace()).plus(MARGIN);
        if (settings.mode() != Mode.VOLUME) {
            all = all.plus(settings.inputPatience()).plus(settings.resultPatience());
        }
        return all.toSeconds();
    }

    private Map<String, String> nodeSelector(PodSpec base, Map<String, String> options) {
        Map<String, String> all = new TreeMap<>();
        if (base.getNodeSelector() != null) {
            all.putAll(base.getNodeSelector());
        }
        all.putAll(settings.nodeSelector());
        options.forEach((name, value) -> {
            if (name.equals(SELECT)) {
                for (String part : value.split(",", -1)) {
                    int sign = part.indexOf('=');
                    all.put(part.substring(0, sign), part.substring(sign + 1));
                }
            } else if (name.startsWith(SELECT_ONE)) {
                all.put(name.substring(SELECT_ONE.length()), value);
            }
        });
        return all;
    }

    private static Toleration toleration(K8sSettings.Toleration t) {
        TolerationBuilder builder = new TolerationBuilder();
        t.key().ifPresent(builder::withKey);
        t.operator().ifPresent(builder::withOperator);
        t.value().ifPresent(builder::withValue);
        t.effect().ifPresent(builder::withEffect);
        t.seconds().ifPresent(builder::withTolerationSeconds);
        return builder.build();
    }

    private void podSecurity(PodSpecBuilder pod, PodSpec base) {
        boolean restricted = settings.security() == Security.RESTRICTED;
        if (!restricted && settings.runAsUser().isEmpty()) {
            return;
        }
        PodSecurityContextBuilder security = base.getSecurityContext() == null
                ? new PodSecurityContextBuilder()
                : new PodSecurityContextBuilder(base.getSecurityContext());
        settings.runAsUser().ifPresent(security::withRunAsUser);
        if (restricted) {
            security.withRunAsNonRoot(true)
                    .withNewSeccompProfile()
                    .withType("RuntimeDefault")
                    .endSeccompProfile();
        }
        pod.withSecurityContext(security.build());
    }

    private Container worker(Resources r, Run run) {
        Container base = template.worker().orElseGet(Container::new);
        ContainerBuilder c = new ContainerBuilder(base)
                .withName(CONTAINER)
                .withCommand(run.command().stream().map(JobManifest::literal).toList())
                .withArgs(List.of())
                .withEnv(env(base, run))
                .withResources(resources(base, r))
                .withVolumeMounts(mounts(base));
        image(r).ifPresent(c::withImage);
        Optional.ofNullable(r.options().get("image-pull-policy"))
                .or(settings::imagePullPolicy)
                .ifPresent(c::withImagePullPolicy);
        settings.envFromSecrets()
                .forEach(s -> c.addToEnvFrom(
                        new EnvFromSourceBuilder().withNewSecretRef(s, null).build()));
        if (settings.security() == Security.RESTRICTED) {
            SecurityContextBuilder security = base.getSecurityContext() == null
                    ? new SecurityContextBuilder()
                    : new SecurityContextBuilder(base.getSecurityContext());
            c.withSecurityContext(security.withAllowPrivilegeEscalation(false)
                    .withReadOnlyRootFilesystem(true)
                    .withNewCapabilities()
                    .withDrop("ALL")
                    .endCapabilities()
                    .build());
        }
        return c.build();
    }

    private static List<EnvVar> env(Container base, Run run) {
        List<EnvVar> env = new ArrayList<>();
        for (EnvVar variable : base.getEnv()) {
            if (!run.variables().containsKey(variable.getName())) {
                env.add(variable);
            }
        }
        run.variables()
                .forEach((name, value) -> env.add(new EnvVarBuilder()
                        .withName(name)
                        .withValue(literal(value))
                        .build()));
        return env;
    }

    /** Kubernetes takes $(NAME) in commands and values for a reference, and a doubled $ for one. */
    private static String literal(String text) {
        return text.replace("$", "$$");
    }

    private ResourceRequirements resources(Container base, Resources r) {
        Map<String, Quantity> requests = new TreeMap<>();
        Map<String, Quantity> limits = new TreeMap<>();
        if (base.getResources() != null) {
            requests.putAll(orEmpty(base.getResources().getRequests()));
            limits.putAll(orEmpty(base.getResources().getLimits()));
        }
        if (r.cores().isPresent()) {
            Quantity cores = new Quantity(Integer.toString(r.cores().getAsInt()));
            requests.put("cpu", cores);
            if (settings.cpuLimit()) {
                limits.put("cpu", cores);
            } else {
                // A template's limit that is less than the request would be refused.
                limits.computeIfPresent(
                        "cpu", (k, limit) -> amount(limit).compareTo(amount(cores)) < 0 ? cores : limit);
            }
        } else if (!requests.containsKey("cpu") && !limits.containsKey("cpu")) {
            // A limit without a request is a request too.
            settings.cpuRequest().ifPresent(c -> requests.put("cpu", new Quantity(c)));
        }
        if (r.memory().isPresent()) {
            Quantity memory = quantity(r.memory().get());
            requests.put("memory", memory);
            limits.put("memory", memory);
        } else if (!requests.containsKey("memory") && !limits.containsKey("memory")) {
            settings.memoryRequest().ifPresent(m -> requests.put("memory", quantity(m)));
        }
        if (r.gpus().isPresent()) {
            // Extended resources can't be overcommitted: the limit is the request.
            limits.put(
                    settings.gpuResource(),
                    new Quantity(Integer.toString(r.gpus().getAsInt())));
            requests.remove(settings.gpuResource());
        }
        ResourceRequirements all = new ResourceRequirements();
        all.setRequests(requests);
        all.setLimits(limits);
        return all;
    }

    private static BigDecimal amount(Quantity quantity) {
        return quantity.getNumericalAmount();
    }

    /** Exactly as many bytes. */
    static Quantity quantity(Memory memory) {
        String text = memory.toString();
        // KiB, MiB, GiB, TiB, and B for bytes.
        return new Quantity(text.substring(0, text.length() - 1));
    }

    private List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>();
        VolumeBuilder own = new VolumeBuilder().withName(VOLUME);
        if (settings.mode() == Mode.VOLUME) {
            own.withNewPersistentVolumeClaim(settings.volume().claim().orElseThrow(), null);
        } else {
            own.withNewEmptyDir()
                    .withSizeLimit(
                            settings.scratchSize().map(JobManifest::quantity).orElse(null))
                    .endEmptyDir();
        }
        volumes.add(own.build());
        if (settings.security() == Security.RESTRICTED) {
            volumes.add(new VolumeBuilder()
                    .withName(TEMPORARY)
                    .withNewEmptyDir()
                    .endEmptyDir()
                    .build());
        }
        for (Mount mount : settings.volumes()) {
            VolumeBuilder volume = new VolumeBuilder().withName(mount.name());
            mount.claim().ifPresent(c -> volume.withNewPersistentVolumeClaim(c, null));
            mount.secret()
                    .ifPresent(s -> volume.withNewSecret().withSecretName(s).endSecret());
            mount.configMap()
                    .ifPresent(m -> volume.withNewConfigMap().withName(m).endConfigMap());
            mount.hostPath().ifPresent(p -> volume.withNewHostPath(p.value(), null));
            mount.emptyDir()
                    .ifPresent(e -> volume.withNewEmptyDir()
                            .withSizeLimit(e.size().map(JobManifest::quantity).orElse(null))
                            .endEmptyDir());
            volumes.add(volume.build());
        }
        return volumes;
    }

    private List<VolumeMount> mounts(Container base) {
        List<VolumeMount> mounts = new ArrayList<>(base.getVolumeMounts());
        mounts.add(mount(VOLUME, settings.workDirectory().value()).build());
        if (settings.security() == Security.RESTRICTED) {
            mounts.add(mount(TEMPORARY, "/tmp").build());
        }
        for (Mount m : settings.volumes()) {
            VolumeMountBuilder mount = mount(m.name(), m.mountPath().value());
            m.readOnly().ifPresent(mount::withReadOnly);
            m.subPath().ifPresent(mount::withSubPath);
            mounts.add(mount.build());
        }
        return mounts;
    }

    private static VolumeMountBuilder mount(String name, String path) {
        return new VolumeMountBuilder().withName(name).withMountPath(path);
    }

    private static int seconds(Duration duration) {
        return Math.toIntExact(duration.toSeconds());
    }

    private static Map<String, String> merged(Map<String, String> under, Map<String, String> over) {
        Map<String, String> all = new TreeMap<>(under);
        all.putAll(over);
        return all;
    }

    private static <V> Map<String, V> orEmpty(@Nullable Map<String, V> map) {
        return map == null ? Map.of() : map;
    }

    private static @Nullable Map<String, String> orNull(Map<String, String> map) {
        return map.isEmpty() ? null : map;
    }
}

package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.JobManifest.Run;
import io.clustrix.scheduler.k8s.K8sSettings.Mode;
import io.clustrix.scheduler.k8s.Served.Feed;
import io.clustrix.scheduler.k8s.Served.Form;
import io.clustrix.spi.ClientContext;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerClient;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kubernetes as a scheduler: submissions are batch/v1 Jobs, elements their pods.
 *
 * <p><b>Threads and lifetime:</b> one thread looks at what the cluster's watch tells and begins the streams to pods
 * that run; a few make and delete Jobs in the background; each stream has one of its own. All are daemons and end with
 * {@link #close()}. Pods and Jobs go on.
 */
final class K8sClient implements SchedulerClient {
    private static final Logger LOG = LoggerFactory.getLogger(K8sClient.class);

    private static final String DIRECTORY = "clustrix.io/directory";
    private static final String ENVIRONMENTS = "clustrix.io/environments";
    private static final String LEASE = "clustrix.io/lease";
    private static final String ELEMENTS = "clustrix.io/elements";

    private static final int WORKERS = 4;
    private static final Duration EXPLAIN_AFTER = Duration.ofSeconds(3);
    private static final Duration EXPLAIN_AGAIN = Duration.ofSeconds(15);
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(60);
    private static final Duration ARCHIVE_LIMIT = Duration.ofMinutes(10);
    private static final Duration GONE_LIMIT = Duration.ofSeconds(60);
    private static final long CLOSE_SECONDS = 4;

    private final K8sSettings settings;
    private final ClientContext context;
    private final JobManifest manifest;
    private final Connection connection;
    private final Api api;
    private final Host host;
    private final Host nodes;
    private final ClusterWatch watch;
    private final Streams streams;
    private final PodScripts scripts = new PodScripts();
    private final ExecutorService looker;
    private final ExecutorService workers;
    private final AtomicBoolean lookOrdered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** By name. */
    private final Map<String, Served> served = new ConcurrentHashMap<>();

    /** By name, as long as there may be Jobs to be made. */
    private final Map<String, Order> orders = new ConcurrentHashMap<>();

    private final Map<String, Explained> explained = new ConcurrentHashMap<>();

    /** Cancelled submissions whose pods have not ended, and when that is worth a word, in ns. */
    private final Map<String, Long> going = new ConcurrentHashMap<>();

    /** Where the work directory lies here, once somebody has submitted or asked. */
    private volatile @Nullable Path workDirectory;

    private volatile @Nullable InputArchives archives;

    /** Whether the server has Indexed Jobs, once that is known. */
    private volatile @Nullable Boolean hasIndexed;

    /** What the Jobs of an array are made of. */
    private record Order(JobPlan plan, Map<String, String> labels, Run run, Map<String, String> annotations) {}

    /** What events have told of a submission, and when that was. */
    private record Explained(Instant at, List<Event> events) {}

    K8sClient(K8sSettings settings, ClientContext context) {
        this.settings = settings;
        this.context = context;
        manifest = new JobManifest(settings);
        connection = new Connection(
                settings.kubeconfig(), settings.context(), settings.namespace(), context.home(), System.getenv());
        api = new Api(connection);
        Exec exec = new ExecOverApi(api);
        Map<String, String> labels = JobManifest.labels(context.cluster());
        nodes = new PodHost(
                "a pod of cluster " + context.cluster(),
                api,
                exec,
                "clustrix-door",
                labels,
                () -> manifest.door("door", plainPlan(), labels, List.of("true")),
                Door.Limits.STANDARD);
        host = settings.mode() == Mode.VOLUME ? nodes : context.thisMachine();
        watch = new ClusterWatch(api, labels, name -> look());
        streams = new Streams(
                context.cluster(),
                exec,
                this::archives,
                pod -> watch.pod(pod).filter(K8sClient::isAlive).isPresent(),
                () -> watch.failure().isEmpty(),
                this::end,
                this::look);
        looker = Executors.newSingleThreadExecutor(task -> daemon(task, "watch"));
        AtomicInteger number = new AtomicInteger();
        workers = Executors.newFixedThreadPool(WORKERS, task -> daemon(task, "api-" + number.incrementAndGet()));
    }

    private Thread daemon(Runnable task, String what) {
        return Daemons.thread("clustrix-" + context.cluster() + "-k8s-" + what, task);
    }

    private static JobPlan plainPlan() {
        return new JobPlan("door", Resources.none(), "logs/door", 1, OptionalInt.empty(), false);
    }

    // ---------------------------------------------------------------- what it is

    @Override
    public String name() {
        return "Kubernetes of cluster " + context.cluster();
    }

    @Override
    public Traits traits() {
        return new Traits(
                Set.of(
                        Feature.ARRAYS,
                        Feature.CANCEL_RUNNING,
                        Feature.ISOLATION,
                        Feature.MEMORY_LIMIT,
                        Feature.WALLTIME_LIMIT,
                        Feature.OUTPUT,
                        Feature.REATTACH),
                JobManifest.LARGEST_ARRAY,
                Duration.ZERO);
    }

    @Override
    public JobVariables variables() {
        return new JobVariables(JobManifest.JOB_VARIABLE, JobManifest.INDEX_VARIABLE, 0, Optional.empty());
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return NativeId.of(job.value() + "." + index);
    }

    @Override
    public Optional<String> overLimit(JobStatus ended) {
        return Verdicts.overLimit(ended);
    }

    @Override
    public Optional<String> hopeless(JobStatus waiting) {
        return Verdicts.hopeless(waiting);
    }

    @Override
    public String noRecordHint() {
        return settings.mode() == Mode.VOLUME
                ? "see that 'volume.claim' is the same storage for pods of all nodes (ReadWriteMany)"
                : "see 'result-patience', for which a pod keeps what it has left, and: kubectl describe pod";
    }

    @Override
    public String noClassPathHint() {
        return settings.mode() == Mode.IMAGE
                ? "see that 'image-class-path' names the jars as they lie in the image, that of clustrix-worker among them"
                : noRecordHint();
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public Host nodes() {
        return nodes;
    }

    @Override
    public String workDirectory(String configured) {
        if (settings.mode() != Mode.VOLUME) {
            return configured;
        }
        String path = settings.volume().path().value();
        return configured.startsWith("~/") ? path + "/" + configured.substring(2) : configured;
    }

    @Override
    public RemotePath nodesWorkDirectory(RemotePath onHost) {
        workDirectory = Path.of(onHost.value());
        archives = new InputArchives(Path.of(onHost.value()), ARCHIVE_LIMIT);
        return settings.mode() == Mode.VOLUME ? onHost : new RemotePath(JobManifest.WORK_DIRECTORY);
    }

    @Override
    public boolean sharesFiles() {
        return settings.mode() == Mode.VOLUME;
    }

    @Override
    public Optional<List<String>> classPath() {
        return settings.mode() == Mode.IMAGE ? Optional.of(settings.imageClassPath()) : Optional.empty();
    }

    @Override
    public List<String> leftOut() {
        return settings.classPathExclude();
    }

    @Override
    public SchedulerInfo info() throws InterruptedException {
        String version = api.version();
        if (version.matches("1\\.(1?[0-9]|20)([^0-9].*)?")) {
            hasIndexed = false; // it would take one for a Job with one element
        }
        seen();
        return new SchedulerInfo("Kubernetes " + version, OptionalInt.of(JobManifest.LARGEST_ARRAY), false);
    }

    @Override
    public void check(JobPlan plan) {
        manifest.check(plan);
    }

    // ---------------------------------------------------------------- submitting

    @Override
    public NativeId submit(JobFiles files, JobPlan plan) throws InterruptedException {
        seen();
        String name = JobManifest.name(plan.jobName());
        Optional<Feed> feed = feed(files);
        Map<String, String> labels =
                JobManifest.labels(context.cluster(), files.key().toString(), plan.jobName());
        Run run = new Run(command(files, plan, feed), Map.of());
        Order order = new Order(plan, labels, run, annotations(plan, feed));
        if (plan.elements() == 1) {
            made(api.create(annotated(manifest.single(plan, labels, run), order)), files);
            serve(new Served(name, Form.SINGLE, 1, 1, true, feed));
            return NativeId.of(name);
        }
        if (!Boolean.FALSE.equals(hasIndexed)) {
            Job answer = made(api.create(annotated(manifest.indexed(plan, labels, run), order)), files);
            if ("Indexed".equals(answer.getSpec().getCompletionMode())) {
                hasIndexed = true;
                serve(new Served(name, Form.INDEXED, plan.elements(), plan.elements(), true, feed));
                return NativeId.of(name);
            }
            // A server before 1.21 drops what it does not know, and has made a Job with one element.
            LOG.info("{} has no Indexed Jobs; each element of an array is a Job of its own", name());
            hasIndexed = false;
            watch.expectDeletion(name);
            api.deleteJob(name);
        }
        int most = plan.concurrent().orElse(plan.elements());
        Served elements = new Served(name, Form.ELEMENTS, plan.elements(), most, false, feed);
        List<Integer> first = elements.next();
        // The first one here, by which a refusal is told at once.
        made(api.create(annotated(manifest.element(plan, labels, run, first.get(0)), order)), files);
        orders.put(name, order);
        serve(elements);
        make(elements, first.subList(1, first.size()));
        return NativeId.of(name);
    }

    private void make(Served s, List<Integer> indexes) {
        Order order = orders.get(s.name);
        for (int index : indexes) {
            background(() -> {
                if (order == null || s.isCancelled(index)) {
                    return;
                }
                try {
                    Job job = manifest.element(order.plan(), order.labels(), order.run(), index);
                    watch.made(api.create(annotated(job, order)).job());
                    if (s.isCancelled(index)) {
                        delete(s, index); // who cancelled may have looked before it was there
                    }
                } catch (ClustrixException e) {
                    // Also if it may pass: an element that is not there is one that failed, and is tried again.
                    JobState state = e.retryable() ? JobState.LOST : JobState.FAILED;
                    s.decide(index, JobStatus.of(state, "FailedCreate: " + e.getMessage()));
                    look();
                }
            });
        }
    }

    private static Job annotated(Job job, Order order) {
        return job.edit()
                .editMetadata()
                .addToAnnotations(order.annotations())
                .endMetadata()
                .build();
    }

    /** The Job as it was made now, or by an earlier call whose answer was lost (requirement R20). */
    private Job made(Api.Created created, JobFiles files) {
        Map<String, String> labels = created.job().getMetadata().getLabels();
        if (created.existed()
                && !files.key().toString().equals(labels == null ? null : labels.get(JobManifest.KEY_LABEL))) {
            throw new SchedulerException(
                    "there is a Job " + created.job().getMetadata().getName() + " that is not ours",
                    "delete it, or use another namespace");
        }
        watch.made(created.job());
        return created.job();
    }

    private Map<String, String> annotations(JobPlan plan, Optional<Feed> feed) {
        Map<String, String> all = new TreeMap<>();
        all.put(ELEMENTS, Integer.toString(plan.elements()));
        feed.ifPresent(f -> {
            all.put(DIRECTORY, f.place().job());
            all.put(ENVIRONMENTS, String.join(":", f.environments()));
            if (!f.lease().isEmpty()) {
                all.put(LEASE, f.lease());
            }
        });
        return all;
    }

    private Optional<Feed> feed(JobFiles files) {
        if (settings.mode() == Mode.VOLUME) {
            return Optional.empty();
        }
        Path work = Path.of(files.workDirectory().value());
        Path directory = Path.of(files.directory().value());
        String job = work.resolve("jobs").relativize(directory).toString();
        return Optional.of(new Feed(
                directory,
                new PodScripts.Place(JobManifest.WORK_DIRECTORY, job),
                files.shared().stream()
                        .map(s -> work.relativize(Path.of(s.value())).toString())
                        .filter(s -> s.startsWith("env/"))
                        .toList(),
                files.lease()));
    }

    private List<String> command(JobFiles files, JobPlan plan, Optional<Feed> feed) {
        boolean fed = feed.isPresent();
        PodScripts.Place place = fed
                ? feed.get().place()
                : new PodScripts.Place(
                        files.workDirectory().value(),
                        files.directory()
                                .value()
                                .substring((files.workDirectory().value() + "/jobs/").length()));
        return scripts.first(
                place,
                new PodScripts.Run(
                        files.script(),
                        plan.logs(),
                        plan.elements() > 1,
                        plan.resources().walltime().orElse(Duration.ZERO),
                        fed ? settings.inputPatience() : Duration.ZERO,
                        fed ? settings.resultPatience() : Duration.ZERO,
                        settings.grace()));
    }

    /** Ends what is left of an element that nobody waits for. */
    private void end(Served s, int index, String pod) {
        background(() -> {
            if (s.form == Form.INDEXED) {
                var unused = api.deletePod(pod, settings.grace());
            } else {
                delete(s, index);
            }
        });
    }

    /** What a pod gets that has got nothing yet. */
    private List<Path> archives(Feed feed) throws IOException, InterruptedException {
        InputArchives made = Objects.requireNonNull(archives);
        // Of what earlier attempts left, the engine has what it wants and skips it.
        return List.of(
                made.base(feed.place().job(), feed.environments()),
                made.job(feed.place().job(), element -> false));
    }

    // ---------------------------------------------------------------- states

    /** Sees to it that the watch knows what is there; what keeps it from that is told. */
    private void seen() throws InterruptedException {
        watch.start();
        watch.awaitSynced(SYNC_LIMIT);
    }

    private void serve(Served s) {
        served.putIfAbsent(s.name, s);
        look();
    }

    /** What this driver sees to, or sees to from now on. */
    private Optional<Served> served(String name) {
        Served known = served.get(name);
        Path work = workDirectory;
        if (known != null || work == null) {
            return Optional.ofNullable(known);
        }
        List<Job> jobs = watch.jobs(name);
        if (jobs.isEmpty()) {
            return Optional.empty();
        }
        Job first = jobs.get(0);
        Map<String, String> notes =
                Optional.ofNullable(first.getMetadata().getAnnotations()).orElse(Map.of());
        String directory = notes.get(DIRECTORY);
        Optional<Feed> feed = Optional.empty();
        if (directory != null) {
            Path here = work.resolve("jobs").resolve(directory).normalize();
            if (!here.startsWith(work.resolve("jobs"))) {
                return Optional.empty();
            }
            feed = Optional.of(new Feed(
                    here,
                    new PodScripts.Place(JobManifest.WORK_DIRECTORY, directory),
                    Stream.of(notes.getOrDefault(ENVIRONMENTS, "").split(":", -1))
                            .filter(e -> e.matches("env/[A-Za-z0-9_.+-]+"))
                            .toList(),
                    notes.getOrDefault(LEASE, "")));
        }
        String count = notes.getOrDefault(ELEMENTS, "1");
        int elements = count.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(count) : 1;
        Form form = elements == 1 ? Form.SINGLE : JobStates.index(first).isPresent() ? Form.ELEMENTS : Form.INDEXED;
        Served adopted = new Served(name, form, elements, elements, true, feed);
        Served other = served.putIfAbsent(name, adopted);
        look();
        return Optional.of(other == null ? adopted : other);
    }

    @Override
    public Map<NativeId, JobStatus> status(Collection<NativeId> jobs) throws InterruptedException {
        seen();
        Map<NativeId, JobStatus> all = new HashMap<>();
        for (NativeId id : jobs) {
            served(id.value()).ifPresent(s -> all.putAll(statuses(id, s)));
        }
        return all;
    }

    private Map<NativeId, JobStatus> statuses(NativeId id, Served s) {
        Instant now = Instant.now();
        List<Event> events = Optional.ofNullable(explained.get(s.name))
                .map(Explained::events)
                .orElse(List.of());
        Map<Integer, JobStatus> seen = new TreeMap<>();
        List<Pod> pods = watch.pods(s.name);
        if (s.form == Form.INDEXED) {
            seen.putAll(JobStates.indexed(looked(s.name, pods, events, now), s.elements));
        } else {
            Map<Integer, List<Pod>> byIndex = new HashMap<>();
            for (Pod pod : pods) {
                // Without an index: of the Job by which the server was asked whether it knows arrays.
                int index = JobStates.index(pod).orElse(s.form == Form.SINGLE ? 0 : -1);
                byIndex.computeIfAbsent(index, k -> new ArrayList<>()).add(pod);
            }
            for (int i = 0; i < s.elements; i++) {
                int index = i;
                JobStates.of(looked(s.job(i), byIndex.getOrDefault(i, List.of()), events, now))
                        .ifPresent(status -> seen.put(index, status));
            }
        }
        Map<NativeId, JobStatus> all = new HashMap<>();
        boolean pending = false;
        for (int i = 0; i < s.elements; i++) {
            JobStatus status = status(s, i, seen.get(i));
            if (status != null) {
                all.put(s.elements == 1 ? id : element(id, i), status);
                pending |= status.state() == JobState.PENDING;
                if (status.state().ended()) {
                    s.ended(i);
                }
            }
        }
        if (orders.containsKey(s.name)) {
            make(s, s.next());
        }
        Instant since = s.pendingSince(pending, now);
        if (pending && since.plus(EXPLAIN_AFTER).isBefore(now)) {
            explain(s, now);
        }
        return all;
    }

    /** What there is of a Job, or what there was of it. */
    private JobStates.Seen looked(String job, List<Pod> pods, List<Event> events, Instant now) {
        Optional<Job> there = watch.job(job);
        Optional<ClusterWatch.Gone> gone = there.isPresent() ? Optional.empty() : watch.gone(job);
        if (gone.isPresent() && (gone.get().succeeded() || gone.get().failed())) {
            // What had ended is as it was; only the memory of it has been removed.
            return new JobStates.Seen(Optional.of(gone.get().job()), gone.get().pods(), events, now);
        }
        return new JobStates.Seen(there, pods, events, now);
    }

    private @Nullable JobStatus status(Served s, int index, @Nullable JobStatus seen) {
        Optional<JobStatus> decided = s.decided(index);
        if (decided.isPresent()) {
            return decided.get();
        }
        if (s.isWaiting(index)) {
            return JobStatus.of(JobState.PENDING, "Waiting: for others of its array (concurrent-elements)");
        }
        if (seen != null) {
            if (seen.state().ended() && s.isCancelled(index) && seen.state() != JobState.SUCCEEDED) {
                return JobStatus.of(JobState.CANCELLED, seen.detail());
            }
            return seen;
        }
        if (s.isCancelled(index)) {
            return JobStatus.of(JobState.CANCELLED, "Deleted: as it was asked for");
        }
        if (watch.gone(s.job(index)).filter(g -> !g.expected()).isPresent()) {
            return JobStatus.of(JobState.CANCELLED, "Deleted: somebody else has deleted the Job " + s.job(index));
        }
        return null;
    }

    /** Asks, in the background and seldom, what the cluster has noted about what does not get on. */
    private void explain(Served s, Instant now) {
        Explained last = explained.get(s.name);
        if (last != null && last.at().plus(EXPLAIN_AGAIN).isAfter(now)) {
            return;
        }
        explained.put(s.name, new Explained(now, last == null ? List.of() : last.events()));
        background(() -> {
            List<Event> events = new ArrayList<>();
            Optional<Pod> stuck = watch.pods(s.name).stream()
                    .filter(p -> p.getStatus() != null
                            && "Pending".equals(p.getStatus().getPhase()))
                    .findFirst();
            if (stuck.isPresent()) {
                events.addAll(api.events("Pod", stuck.get().getMetadata().getName()));
            }
            List<Job> jobs = watch.jobs(s.name);
            if (!jobs.isEmpty() && watch.pods(s.name).isEmpty()) {
                events.addAll(api.events("Job", jobs.get(0).getMetadata().getName()));
            }
            explained.put(s.name, new Explained(now, events));
            context.changed();
        });
    }

    // ---------------------------------------------------------------- cancelling, finding, forgetting

    @Override
    public void cancel(Collection<NativeId> ids) throws InterruptedException {
        List<String> whole = new ArrayList<>();
        for (NativeId id : ids) {
            int dot = id.value().lastIndexOf('.');
            if (dot < 0) {
                served(id.value()).ifPresent(s -> {
                    s.cancelWhole();
                    s.jobs().forEach(watch::expectDeletion);
                });
                whole.add(id.value());
            } else if (id.value().substring(dot + 1).matches("[0-9]{1,9}")) {
                Optional<Served> of = served(id.value().substring(0, dot));
                if (of.isPresent()) {
                    cancel(of.get(), Integer.parseInt(id.value().substring(dot + 1)));
                }
            }
        }
        api.deleteSubmissions(whole);
        long late = System.nanoTime() + GONE_LIMIT.plus(settings.grace()).toNanos();
        whole.forEach(name -> going.put(name, late));
        context.changed();
    }

    private void cancel(Served s, int index) throws InterruptedException {
        s.cancel(index);
        if (s.form == Form.ELEMENTS || s.nothingLeft()) { // a Job that nobody waits for would make its pods still
            delete(s, index);
            return;
        }
        for (Pod pod : watch.pods(s.name)) {
            if (JobStates.index(pod).orElse(-1) == index) {
                var unused = api.deletePod(pod.getMetadata().getName(), settings.grace());
            }
        }
    }

    private void delete(Served s, int index) throws InterruptedException {
        watch.expectDeletion(s.job(index));
        var unused = api.deleteJob(s.job(index));
    }

    /** Pods that don't end although they were told to are worth a word. */
    private void lookAfterCancelled() {
        going.forEach((name, end) -> {
            List<String> alive = watch.pods(name).stream()
                    .filter(K8sClient::isAlive)
                    .map(p -> p.getMetadata().getName())
                    .toList();
            boolean late = System.nanoTime() - end > 0;
            if (late && !alive.isEmpty()) {
                LOG.warn("These pods have not ended although their Jobs were deleted: {}", alive);
            }
            if (late || alive.isEmpty()) {
                going.remove(name);
            }
        });
    }

    private Map<String, String> named(String name) {
        Map<String, String> labels = new TreeMap<>(JobManifest.labels(context.cluster()));
        labels.put(JobManifest.NAME_LABEL, name);
        return labels;
    }

    @Override
    public List<NativeId> find(String jobName) throws InterruptedException {
        String name = JobManifest.name(jobName);
        return api.jobs(named(name)).isEmpty() ? List.of() : List.of(NativeId.of(name));
    }

    @Override
    public void forget(Collection<NativeId> jobs) {
        List<String> names = jobs.stream().map(NativeId::value).toList();
        for (String name : names) {
            Optional.ofNullable(served.remove(name)).ifPresent(s -> s.jobs().forEach(watch::expectDeletion));
            orders.remove(name);
            explained.remove(name);
        }
        background(() -> api.deleteSubmissions(names));
    }

    // ---------------------------------------------------------------- watching

    /** Has the pods of all submissions looked at, soon. */
    private void look() {
        if (lookOrdered.compareAndSet(false, true)) {
            try {
                looker.execute(this::lookNow);
            } catch (RejectedExecutionException e) {
                LOG.debug("Closed: no further look", e);
            }
        }
    }

    private void lookNow() {
        lookOrdered.set(false);
        try {
            for (Served s : served.values()) {
                watch.pods(s.name).forEach(pod -> streams.look(s, pod));
                List<Integer> next = orders.containsKey(s.name) ? s.next() : List.of();
                make(s, next);
            }
            lookAfterCancelled();
            context.changed();
        } catch (RuntimeException e) { // one pod's trouble is not to end the watch of all
            LOG.error("A look at the pods of cluster {} failed; this is a bug", context.cluster(), e);
        }
    }

    private static boolean isAlive(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return !"Succeeded".equals(phase) && !"Failed".equals(phase);
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private void background(Work work) {
        try {
            workers.execute(() -> {
                try {
                    work.run();
                } catch (ClustrixException e) {
                    LOG.debug("Kubernetes can't be asked now", e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (RuntimeException e) {
                    LOG.error("A call to the Kubernetes of cluster {} failed; this is a bug", context.cluster(), e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Closed: not done any more", e);
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        streams.close();
        looker.shutdownNow();
        workers.shutdown();
        try {
            // What was done is to be forgotten by the cluster too, if that is quick.
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            workers.shutdownNow();
            Thread.currentThread().interrupt();
        }
        watch.close();
        nodes.close();
        host.close();
        connection.close();
    }
}

package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.Requests.Answer;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventList;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobList;
import io.fabric8.kubernetes.client.VersionInfo;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * The few things that we ask the API server for, in one namespace. What may be asked again is: all of this names its
 * object, so a second time does no harm. Errors are those of {@link Refusals}. Thread-safe.
 */
final class Api {
    private static final int PAGE = 500;
    private static final int TRIES = 6;

    /** Their names go into an address. */
    private static final int MOST_NAMES = 50;

    private final Connection connection;
    private final Requests requests;
    private final Limits limits;

    /**
     * How long to wait.
     *
     * @param request for one answer
     * @param all for one thing that is asked for, repeats and pauses included
     * @param pause before the first repeat; each further one waits twice as long
     */
    record Limits(Duration request, Duration all, Duration pause) {
        static final Limits STANDARD = new Limits(Connection.REQUEST, Duration.ofSeconds(90), Duration.ofMillis(300));
    }

    /**
     * A Job that was to be made.
     *
     * @param job as the server has it
     * @param existed whether one of that name was there before
     */
    record Created(Job job, boolean existed) {}

    Api(Connection connection) {
        this(connection, Limits.STANDARD);
    }

    Api(Connection connection, Limits limits) {
        this.connection = connection;
        this.requests = new Requests(connection);
        this.limits = limits;
    }

    /** How many requests were sent so far, with those of watches and commands. */
    long requests() {
        return requests.count();
    }

    Requests wire() {
        return requests;
    }

    Connection connection() {
        return connection;
    }

    String namespace() {
        return connection.namespace();
    }

    Refusals refusals() {
        return new Refusals(json(), connection.where());
    }

    KubernetesSerialization json() {
        return connection.client().getKubernetesSerialization();
    }

    /** The server's version, for instance {@code 1.20.2}. */
    String version() throws InterruptedException {
        String what = "tell its version";
        VersionInfo info = read(what, good(what, ask(what, "GET", "version", null)), VersionInfo.class);
        String version = String.valueOf(info.getGitVersion());
        return version.startsWith("v") ? version.substring(1) : version;
    }

    // ---------------------------------------------------------------- jobs

    /** Makes a Job, unless one of its name is there. */
    Created create(Job job) throws InterruptedException {
        String name = job.getMetadata().getName();
        String what = "create the Job " + name;
        String body = json().asJson(job);
        for (int i = 0; ; i++) {
            Answer answer = ask(what, "POST", jobs(), body);
            if (answer.isGood()) {
                return new Created(read(what, answer, Job.class), false);
            }
            if (answer.code() != 409) {
                throw refusals().of(what, answer.code(), answer.body());
            }
            Optional<Job> there = job(name);
            if (there.isPresent()) {
                return new Created(there.get(), true);
            }
            if (i == 2) {
                // It goes each time that we look.
                throw refusals().of(what, 409, answer.body());
            }
        }
    }

    /** A Job, if there is one of that name. */
    Optional<Job> job(String name) throws InterruptedException {
        return get("get the Job " + name, jobs() + "/" + name, Job.class);
    }

    /**
     * Deletes a Job with its pods, in the background.
     *
     * @return false if there was none
     */
    boolean deleteJob(String name) throws InterruptedException {
        return delete("delete the Job " + name, jobs() + "/" + name, "{\"propagationPolicy\":\"Background\"}");
    }

    /** Deletes all Jobs of submissions with their pods, in the background. */
    void deleteSubmissions(Collection<String> names) throws InterruptedException {
        List<String> left = new ArrayList<>(names);
        while (!left.isEmpty()) {
            List<String> some = left.subList(0, Math.min(left.size(), MOST_NAMES));
            String selector = encoded(JobManifest.NAME_LABEL + " in (" + String.join(",", some) + ")");
            var unused = delete(
                    "delete the Jobs of " + String.join(", ", some),
                    jobs() + "?labelSelector=" + selector,
                    "{\"propagationPolicy\":\"Background\"}");
            some.clear();
        }
    }

    /** All Jobs with these labels. */
    List<Job> jobs(Map<String, String> labels) throws InterruptedException {
        return list("list Jobs", jobs(), "labelSelector=" + selector(labels), JobList.class, JobList::getItems);
    }

    // ---------------------------------------------------------------- pods

    /** Makes a pod, or gives that of its name which is there. */
    Pod createPod(Pod pod) throws InterruptedException {
        String name = pod.getMetadata().getName();
        String what = "create the pod " + name;
        Answer answer = ask(what, "POST", pods(), json().asJson(pod));
        if (answer.code() == 409) {
            Optional<Pod> there = pod(name);
            if (there.isPresent()) {
                return there.get();
            }
        }
        return read(what, good(what, answer), Pod.class);
    }

    /** A pod, if there is one of that name. */
    Optional<Pod> pod(String name) throws InterruptedException {
        return get("get the pod " + name, pods() + "/" + name, Pod.class);
    }

    /**
     * Deletes a pod.
     *
     * @param grace how long its processes may take to end
     * @return false if there was none
     */
    boolean deletePod(String name, Duration grace) throws InterruptedException {
        return delete(
                "delete the pod " + name,
                pods() + "/" + name,
                "{\"propagationPolicy\":\"Background\",\"gracePeriodSeconds\":" + grace.toSeconds() + "}");
    }

    /** All pods with these labels. */
    List<Pod> pods(Map<String, String> labels) throws InterruptedException {
        return list("list pods", pods(), "labelSelector=" + selector(labels), PodList.class, PodList::getItems);
    }

    /** What the cluster has noted about an object: the newest of it last. */
    List<Event> events(String kind, String name) throws InterruptedException {
        String fields = encoded("involvedObject.kind=" + kind + ",involvedObject.name=" + name);
        List<Event> events = new ArrayList<>(list(
                "list events", core() + "/events", "fieldSelector=" + fields, EventList.class, EventList::getItems));
        events.sort((a, b) -> when(a).compareTo(when(b)));
        return events;
    }

    private static String when(Event event) {
        if (event.getLastTimestamp() != null) {
            return event.getLastTimestamp();
        }
        return event.getEventTime() != null && event.getEventTime().getTime() != null
                ? event.getEventTime().getTime()
                : String.valueOf(event.getMetadata().getCreationTimestamp());
    }

    // ---------------------------------------------------------------- how

    String jobs() {
        return "apis/batch/v1/namespaces/" + namespace() + "/jobs";
    }

    String pods() {
        return core() + "/pods";
    }

    private String core() {
        return "api/v1/namespaces/" + namespace();
    }

    static String selector(Map<String, String> labels) {
        StringJoiner all = new StringJoiner(",");
        new TreeMap<>(labels).forEach((k, v) -> all.add(k + "=" + v));
        return encoded(all.toString());
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private <T> Optional<T> get(String what, String path, Class<T> type) throws InterruptedException {
        Answer answer = ask(what, "GET", path, null);
        if (answer.code() == 404 && isOfObject(answer)) {
            return Optional.empty();
        }
        return Optional.of(read(what, good(what, answer), type));
    }

    private boolean delete(String what, String path, String options) throws InterruptedException {
        Answer answer = ask(what, "DELETE", path, options);
        if (answer.code() == 404 && isOfObject(answer)) {
            return false;
        }
        good(what, answer);
        return true;
    }

    // A proxy's 404, or that of an address without an API, says nothing about our object.
    private boolean isOfObject(Answer answer) {
        Status status = refusals().status(answer.body());
        return status != null
                && "NotFound".equals(status.getReason())
                && status.getDetails() != null
                && !"namespaces".equals(status.getDetails().getKind());
    }

    private Answer good(String what, Answer answer) {
        if (!answer.isGood()) {
            throw refusals().of(what, answer.code(), answer.body());
        }
        return answer;
    }

    private <T> T read(String what, Answer answer, Class<T> type) {
        try {
            return json().unmarshal(answer.body(), type);
        } catch (RuntimeException e) {
            String text = answer.body().substring(0, Math.min(200, answer.body().length()));
            throw new HostException(
                    Fault.SITE,
                    true,
                    "the answer to '" + what + "' of " + connection.where() + " can't be read: " + text,
                    List.of("see what a proxy on the way does"),
                    e);
        }
    }

    private <L extends io.fabric8.kubernetes.api.model.KubernetesResourceList<?>, T> List<T> list(
            String what, String path, String selector, Class<L> type, Function<L, List<T>> items)
            throws InterruptedException {
        List<T> all = new ArrayList<>();
        String more = "";
        for (int restarts = 0; ; ) {
            Answer answer = ask(what, "GET", path + "?" + selector + "&limit=" + PAGE + more, null);
            if (answer.code() == 410 && !more.isEmpty() && restarts++ < 2) {
                // The list was too old to go on with.
                all.clear();
                more = "";
                continue;
            }
            L page = read(what, good(what, answer), type);
            all.addAll(items.apply(page));
            ListMeta meta = page.getMetadata();
            if (meta == null || meta.getContinue() == null || meta.getContinue().isEmpty()) {
                return all;
            }
            more = "&continue=" + encoded(meta.getContinue());
        }
    }

    /** Asks until there is an answer that asking again would not change. */
    private Answer ask(String what, String method, String path, @org.jspecify.annotations.Nullable String body)
            throws InterruptedException {
        long end = System.nanoTime() + limits.all().toNanos();
        long pause = limits.pause().toMillis();
        for (int tries = 1; ; tries++) {
            long wait = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
            try {
                Answer answer = requests.send(method, path, body, shorter(limits.request(), end - System.nanoTime()));
                boolean again = answer.code() == 429 || answer.code() >= 500;
                wait = Math.max(wait, answer.retryAfter() * 1000);
                if (!again || tries == TRIES || !roomFor(wait, end)) {
                    return answer;
                }
            } catch (IOException e) {
                if (tries == TRIES || !roomFor(wait, end) || !mayPass(e)) {
                    throw unreachable(what, e);
                }
            }
            Thread.sleep(wait);
            pause *= 2;
        }
    }

    /**
     * Whether another try after a wait of so many milliseconds would have time enough to tell more than that it had
     * none.
     */
    private boolean roomFor(long wait, long end) {
        return end - System.nanoTime() > wait * 1_000_000 + limits.request().toNanos() / 4;
    }

    private static Duration shorter(Duration limit, long nanos) {
        return Duration.ofNanos(Math.max(1_000_000, Math.min(limit.toNanos(), nanos)));
    }

    private static boolean mayPass(IOException e) {
        return !(e instanceof SSLException)
                || e.getMessage() == null
                || !e.getMessage().contains("certificate");
    }

    /** Of a request that had no answer. */
    HostException unreachable(String what, IOException e) {
        String where = connection.where();
        if (!mayPass(e)) {
            return new HostException(
                    Fault.CONFIGURATION,
                    false,
                    "the certificate of " + where + " is not to be trusted: " + e.getMessage(),
                    List.of("see certificate-authority in the kubeconfig, and if kubectl works"),
                    e);
        }
        String why;
        if (e instanceof ConnectException) {
            why = e.getMessage() == null ? "connection refused" : e.getMessage();
        } else if (e instanceof HttpTimeoutException) {
            why = e.getMessage() == null ? "no answer in time" : e.getMessage();
        } else {
            why = e.toString();
        }
        return new HostException(
                "Kubernetes at " + where + " can't be reached to " + what + ": " + why,
                List.of("see if the address is right and a network or VPN is missing; kubectl get --raw /version"),
                e);
    }
}

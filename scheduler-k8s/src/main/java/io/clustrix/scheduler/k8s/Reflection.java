package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.Requests.Answer;
import io.clustrix.scheduler.k8s.Requests.Lines;
import io.clustrix.spi.ClustrixException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of one kind: a list, then a watch from where the list ended, and a new watch where that one
 * ended. Only what is too old for the server costs another list, and time, as a watch may be silent although things
 * happen.
 */
final class Reflection<T extends HasMetadata> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reflection.class);
    private static final int PAGE = 500;
    private static final int GONE = 410;
    private static final Duration OVERTIME = Duration.ofSeconds(15);

    private final Api api;
    private final String plural;
    private final Supplier<String> path;
    private final String selector;
    private final Class<T> type;
    private final Class<? extends KubernetesResourceList<T>> listType;
    private final Sink<T> sink;
    private final Limits limits;
    private final AtomicLong heard = new AtomicLong();
    private volatile boolean bookmarks;
    private volatile boolean again;
    private volatile boolean closed;
    private volatile @Nullable Lines open;
    private @Nullable Thread runner;
    private volatile @Nullable String version;
    private long listed;
    private Duration pause;

    /**
     * How long things may take.
     *
     * @param request for one answer
     * @param watch how long one watch is asked for
     * @param silence after which a watch is given up, where the server gives a sign of life each minute
     * @param relist after which everything is listed again
     * @param firstPause before something that failed is tried again; it doubles each time
     * @param longestPause the longest of these
     */
    record Limits(
            Duration request,
            Duration watch,
            Duration silence,
            Duration relist,
            Duration firstPause,
            Duration longestPause) {
        static final Limits STANDARD = new Limits(
                Connection.REQUEST,
                Duration.ofMinutes(5),
                Duration.ofSeconds(150),
                Duration.ofMinutes(10),
                Duration.ofMillis(300),
                Duration.ofSeconds(10));
    }

    /** Where the objects go. Not to be held up. */
    interface Sink<T> {
        /** All there are now. */
        void all(List<T> objects, String version);

        void put(T object);

        void removed(T object);

        /** What keeps us from knowing, until {@link #all} or the next change is told. */
        void failed(ClustrixException why);

        /** It works again. */
        void works();
    }

    /**
     * Asks for nothing yet.
     *
     * @param plural what they are called in messages
     * @param path of the list
     */
    Reflection(
            Api api,
            String plural,
            Supplier<String> path,
            Map<String, String> labels,
            Class<T> type,
            Class<? extends KubernetesResourceList<T>> listType,
            Sink<T> sink,
            Limits limits) {
        this.api = api;
        this.plural = plural;
        this.path = path;
        this.selector = "labelSelector=" + Api.selector(labels);
        this.type = type;
        this.listType = listType;
        this.sink = sink;
        this.limits = limits;
        this.pause = limits.firstPause();
    }

    /** Lists everything anew, as soon as possible. */
    void refresh() {
        again = true;
        cut();
    }

    void close() {
        closed = true;
        cut();
        Thread thread;
        synchronized (this) {
            thread = runner;
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void cut() {
        Lines lines = open;
        if (lines != null) {
            lines.close();
        }
    }

    @Override
    public void run() {
        synchronized (this) {
            runner = Thread.currentThread();
        }
        try {
            while (!closed) {
                step();
            }
        } catch (InterruptedException e) {
            LOG.debug("the watch of {} ends", plural);
        }
    }

    private void step() throws InterruptedException {
        try {
            String from = version;
            boolean old = System.nanoTime() - listed > limits.relist().toNanos();
            if (from == null || old || again) {
                again = false;
                from = list();
            }
            watch(from);
        } catch (ExpiredException e) {
            LOG.debug("{} are listed again: {}", plural, e.getMessage());
            version = null;
        } catch (IOException e) {
            if (!closed && !again) {
                sink.failed(api.unreachable("watch " + plural, e));
                rest(Duration.ZERO);
            }
        } catch (ClustrixException e) {
            sink.failed(e);
            // Rights may be given while we run, but not every second.
            rest(e.retryable() ? Duration.ZERO : limits.longestPause());
        } catch (RuntimeException e) {
            if (!closed) {
                LOG.warn("{} are listed again after an error", plural, e);
                version = null;
                rest(Duration.ZERO);
            }
        }
    }

    private void rest(Duration least) throws InterruptedException {
        if (closed) {
            return;
        }
        long millis = Math.max(least.toMillis(), pause.toMillis());
        Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(limits.longestPause()) > 0 ? limits.longestPause() : twice;
    }

    // ---------------------------------------------------------------- list

    private String list() throws IOException, InterruptedException {
        List<T> all = new ArrayList<>();
        String more = "";
        String what = "list " + plural;
        while (true) {
            Answer answer = api.wire()
                    .send("GET", path.get() + "?" + selector + "&limit=" + PAGE + more, null, limits.request());
            if (answer.code() == GONE && !more.isEmpty()) {
                throw new ExpiredException("the list was too old to go on with");
            }
            if (!answer.isGood()) {
                if (answer.retryAfter() > 0) {
                    Thread.sleep(Math.min(
                            answer.retryAfter() * 1000, limits.longestPause().toMillis()));
                }
                throw api.refusals().of(what, answer.code(), answer.body());
            }
            KubernetesResourceList<T> page = api.json().unmarshal(answer.body(), listType);
            all.addAll(page.getItems());
            ListMeta meta = page.getMetadata();
            if (meta.getContinue() == null || meta.getContinue().isEmpty()) {
                version = meta.getResourceVersion();
                listed = System.nanoTime();
                sink.all(all, meta.getResourceVersion());
                pause = limits.firstPause();
                return meta.getResourceVersion();
            }
            more = "&continue=" + Api.encoded(meta.getContinue());
        }
    }

    // ---------------------------------------------------------------- watch

    private void watch(String from) throws IOException, InterruptedException {
        long seconds = Math.max(1, limits.watch().toSeconds());
        // Many drivers shall not come back at the same moment.
        long asked = seconds - ThreadLocalRandom.current().nextLong(1 + seconds / 5);
        Incoming incoming = new Incoming();
        long begun = System.nanoTime();
        heard.set(begun);
        boolean ended = false;
        try (Lines lines = api.wire()
                .open(
                        path.get() + "?" + selector + "&watch=true&allowWatchBookmarks=true&resourceVersion="
                                + Api.encoded(from) + "&timeoutSeconds=" + asked,
                        incoming::line,
                        limits.request())) {
            open = lines;
            if (closed || again) {
                return;
            }
            if (lines.code() >= 300) {
                boolean unused = lines.await(limits.request());
                refused(lines.code(), lines.rest());
            }
            sink.works();
            long end = begun + Duration.ofSeconds(asked).plus(OVERTIME).toNanos();
            while (!ended && !closed && !again) {
                long now = System.nanoTime();
                long silent = bookmarks ? heard.get() + limits.silence().toNanos() : end;
                long until = Math.min(end, silent);
                if (now >= until) {
                    LOG.debug("the watch of {} is silent, and is opened again", plural);
                    // Whatever it kept to itself is found by a list.
                    again = true;
                    return;
                }
                // The first sign of life may come meanwhile, and bring the end nearer.
                ended = lines.await(
                        Duration.ofNanos(Math.min(until - now, limits.silence().toNanos())));
            }
        } finally {
            open = null;
        }
        incoming.check();
        if (incoming.some() || System.nanoTime() - begun > Duration.ofSeconds(5).toNanos()) {
            pause = limits.firstPause();
        } else if (ended) {
            // It ended at once, and may do so again.
            rest(Duration.ZERO);
        }
    }

    private void refused(int code, String body) throws ExpiredException {
        if (code == GONE) {
            throw new ExpiredException(body);
        }
        throw api.refusals().of("watch " + plural, code, body);
    }

    /** What the server has forgotten. */
    private static final class ExpiredException extends IOException {
        private static final long serialVersionUID = 1L;

        ExpiredException(@Nullable String message) {
            super(message);
        }
    }

    /** The lines of one watch, on the connection's threads. */
    private final class Incoming {
        private volatile boolean some;
        private volatile @Nullable Status error;

        boolean some() {
            return some;
        }

        void line(String line) {
            Map<?, ?> event = api.json().unmarshal(line, Map.class);
            String kind = String.valueOf(event.get("type"));
            heard.set(System.nanoTime());
            switch (kind) {
                case "ADDED", "MODIFIED", "DELETED" -> {
                    T object = api.json().convertValue(event.get("object"), type);
                    version = object.getMetadata().getResourceVersion();
                    some = true;
                    if (kind.equals("DELETED")) {
                        sink.removed(object);
                    } else {
                        sink.put(object);
                    }
                }
                case "BOOKMARK" -> {
                    version = api.json()
                            .convertValue(event.get("object"), type)
                            .getMetadata()
                            .getResourceVersion();
                    bookmarks = true;
                }
                case "ERROR" -> error = api.json().convertValue(event.get("object"), Status.class);
                default -> LOG.debug("an unknown event of {}: {}", plural, kind);
            }
        }

        void check() throws ExpiredException {
            Status status = error;
            if (status == null) {
                return;
            }
            if (status.getCode() != null && status.getCode() == GONE) {
                throw new ExpiredException(status.getMessage());
            }
            version = null;
            throw api.refusals().of("watch " + plural, status);
        }
    }
}

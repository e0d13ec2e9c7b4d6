package io.clustrix.local;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.Walltime;
import io.clustrix.worker.ByteSink;
import io.clustrix.worker.Failures;
import io.clustrix.worker.ResultRing;
import io.clustrix.worker.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A worker process of a pool: which units it has, and what its records mean for them.
 *
 * <p><b>Threads:</b> records come from the worker's own thread; units are sent by any. What {@link ProcessRunner}
 * guards with its lock is marked.
 */
final class PoolWorker implements WorkerLink.Owner {
    /** So much may be on its way without a doubt that the worker's pipe takes it, also while it is busy. */
    private static final int SAFE_BYTES = 32 * 1024;

    private static final int MAX_WINDOW = 64;
    private static final double TARGET_NANOS = 2_000_000;
    private static final int MAX_STRIKES = 3;

    private final ProcessRunner pool;
    private final Lane lane;
    private final TaskCodec codec;
    private final Executor writers;
    private final Tail tail = new Tail();
    private final Map<OutputChannel, Utf8Text> texts = new EnumMap<>(OutputChannel.class);
    private final ConcurrentHashMap<Integer, Sent> sent = new ConcurrentHashMap<>();

    /** A unit on its way, and the bytes of its frames. */
    private record Sent(Unit unit, int size) {}

    // The worker's own thread.
    private @Nullable Unit lastUnit;
    private int lastId;
    private int lastItem = -1;
    private int finished;
    private long acknowledgedBytes;
    private String lastWords = "";
    private double nanosPerUnit;

    // Guarded by the pool's lock.
    private int inFlight;
    private int window = 1;
    private boolean retired;
    private List<Unit> batch = new ArrayList<>();

    private volatile long lastProgress = System.nanoTime();
    private volatile @Nullable RuntimeReport runtime;
    private volatile @Nullable WorkerLink link;
    private volatile boolean unwanted;
    private final AtomicBoolean looking = new AtomicBoolean();

    // The timer's thread.
    private long lookedAt;
    private long lookedAtSince;

    // Guarded by sending.
    private final Object sending = new Object();
    private final ByteSink out = new ByteSink(SAFE_BYTES);
    private final ArrayDeque<ByteBuffer> backlog = new ArrayDeque<>();
    private final Map<Integer, Feed> known = new HashMap<>();
    private boolean writing;
    private int unitsSent;
    private long underWay;

    /** Written under {@code sending}; the pool looks at it before it is told of the end, which takes a while. */
    private volatile boolean ended;

    PoolWorker(ProcessRunner pool, Lane lane, TaskCodec codec, Executor writers) {
        this.pool = pool;
        this.lane = lane;
        this.codec = codec;
        this.writers = writers;
    }

    void connect(WorkerLink l) {
        link = l;
        if (unwanted) {
            l.kill();
        }
    }

    private WorkerLink link() {
        WorkerLink l = link;
        if (l == null) {
            throw new IllegalStateException("not connected");
        }
        return l;
    }

    Lane lane() {
        return lane;
    }

    Tail tail() {
        return tail;
    }

    // ---------------------------------------------------------------- guarded by the pool's lock

    boolean hasRoom() {
        return runtime != null && inFlight < window && !retired && !ended;
    }

    boolean ready() {
        return runtime != null;
    }

    int inFlight() {
        return inFlight;
    }

    /** True if it is the first since the last {@link #takeBatch}. */
    boolean assign(Unit unit) {
        inFlight++;
        batch.add(unit);
        return batch.size() == 1;
    }

    /** What has been assigned and is to be sent, outside the lock. */
    List<Unit> takeBatch() {
        List<Unit> taken = batch;
        batch = new ArrayList<>();
        return taken;
    }

    void unassigned(int n) {
        inFlight -= n;
        releaseIfRetired();
    }

    void window(int n) {
        window = n;
    }

    /** Ends it as soon as it has done what it has. */
    void retire() {
        if (!retired) {
            retired = true;
            releaseIfRetired();
        }
    }

    boolean isRetired() {
        return retired;
    }

    private void releaseIfRetired() {
        if (retired && inFlight == 0) {
            link().release();
        }
    }

    // ---------------------------------------------------------------- sending

    /** Sends units in this order. Units that can't be serialized are given back in smaller parts, or fail. */
    void send(List<Unit> batch) {
        List<Unit> back = new ArrayList<>();
        int unsent = 0;
        synchronized (sending) {
            out.reset();
            for (Unit unit : batch) {
                if (ended) {
                    back.add(unit);
                    unsent++;
                } else if (!append(unit, back)) {
                    unsent++;
                }
            }
            if (!ended) {
                flush();
            }
        }
        if (unsent > 0) {
            pool.giveBack(this, back, unsent);
        }
    }

    /** Appends a unit's frames; false if it was not sent, because it is over or can't be serialized. */
    private boolean append(Unit unit, List<Unit> parts) {
        JobRun run = unit.run();
        if (run.over()) {
            return false;
        }
        Feed feed = unit.feed();
        byte[] payload;
        try {
            payload = feed == null ? unit.call() : chunk(feed, unit);
        } catch (SerializationException e) {
            split(unit, e, parts);
            return false;
        }
        RuntimeReport r = runtime;
        if (r != null) {
            run.workerStarting(r);
        }
        int before = out.size();
        if (feed != null) {
            introduce(feed);
        }
        int id = ++unitsSent;
        int length = payload == null ? 0 : payload.length;
        int head = feed == null ? 5 : 18;
        sent.put(id, new Sent(unit, out.size() - before + 4 + head + length));
        if (run.over()) {
            // Cancelled just now: who did it looked for this unit either after it was put there, or before; and that we
            // see.
            return sent.remove(id) == null; // else the worker has given it back already
        }
        out.writeInt(head + length);
        out.write(feed == null ? Wire.CALL : payload == null ? Wire.RANGE : Wire.ITEMS);
        out.writeInt(id);
        if (feed != null) {
            out.writeInt(feed.number());
            out.write(run.job().options().onError() == ErrorPolicy.FAIL_FAST ? 1 : 0);
            out.writeInt(feed.firstNumber(unit));
            out.writeInt(unit.count());
        }
        int size = out.size() - before + length;
        underWay += size;
        if (payload != null) {
            if (length > SAFE_BYTES / 2) {
                flush();
                queue(ByteBuffer.wrap(payload));
            } else {
                out.write(payload);
            }
        }
        return true;
    }

    private byte @Nullable [] chunk(Feed feed, Unit unit) {
        @Nullable Object @Nullable [] items = feed.items(unit);
        if (items == null) {
            return null;
        }
        byte[] bytes = codec.encode(items);
        feed.sized(items.length, bytes.length);
        return bytes;
    }

    private static void split(Unit unit, SerializationException e, List<Unit> parts) {
        if (unit.count() == 1) {
            unit.run().complete(unit.first(), new TaskResult.Failure(e));
        } else {
            int middle = unit.first() + unit.count() / 2;
            parts.add(unit.upTo(middle));
            parts.add(unit.from(middle, 0));
        }
    }

    /** Sees to it that the worker knows the map's function, and no more those of maps that are over. */
    private void introduce(Feed feed) {
        if (known.containsKey(feed.number())) {
            return;
        }
        for (Iterator<Feed> i = known.values().iterator(); i.hasNext(); ) {
            Feed old = i.next();
            if (old.run().over()) {
                i.remove();
                out.writeInt(5);
                out.write(Wire.FORGET);
                out.writeInt(old.number());
            }
        }
        known.put(feed.number(), feed);
        out.writeInt(5 + feed.function().length);
        out.write(Wire.FUNCTION);
        out.writeInt(feed.number());
        out.write(feed.function());
    }

    private void flush() {
        if (out.size() == 0) {
            return;
        }
        if (!writing && underWay <= SAFE_BYTES) {
            try {
                link().send(ByteBuffer.wrap(out.array(), 0, out.size()));
            } catch (IOException e) {
                // It has ended; its own thread finds the units and gives them back.
            }
        } else {
            queue(ByteBuffer.wrap(out.toByteArray()));
        }
        out.reset();
    }

    /** The worker may be too busy to read so much now: a thread that may wait writes it. */
    private void queue(ByteBuffer frame) {
        backlog.add(frame);
        if (!writing) {
            writing = true;
            writers.execute(this::writeBacklog);
        }
    }

    private void writeBacklog() {
        while (true) {
            ByteBuffer frame;
            synchronized (sending) {
                frame = ended ? null : backlog.poll();
                if (frame == null) {
                    writing = false;
                    return;
                }
            }
            try {
                link().send(frame);
            } catch (IOException e) {
                synchronized (sending) {
                    writing = false;
                    backlog.clear();
                    return;
                }
            }
        }
    }

    /** Asks for units that have not started to be given back, except the oldest. */
    void revokeWaiting() {
        List<Integer> ids = new ArrayList<>(new TreeMap<>(sent).keySet());
        for (int i = 1; i < ids.size(); i++) {
            link().order(Wire.REVOKE, ids.get(i));
        }
    }

    /** Orders a job's units to end; returns the ids of those that were there. */
    List<Integer> cancel(JobRun run) {
        List<Integer> ids = new ArrayList<>();
        for (Map.Entry<Integer, Sent> e : sent.entrySet()) {
            if (e.getValue().unit().run() == run) {
                ids.add(e.getKey());
                link().order(Wire.CANCEL, e.getKey());
            }
        }
        return ids;
    }

    /** Has the worker end itself if it runs one of these units; true if it still has one. */
    boolean killWhileRunning(List<Integer> ids) {
        boolean has = false;
        for (Integer id : ids) {
            if (sent.containsKey(id)) {
                has = true;
                link().order(Wire.KILL, id);
            }
        }
        return has;
    }

    /** Ends a worker that still has one of these units: it did not even look for orders. */
    void killIfHas(List<Integer> ids) {
        for (Integer id : ids) {
            if (sent.containsKey(id)) {
                link().kill();
                return;
            }
        }
    }

    /**
     * Fails the task that runs now, if it has done so for longer than its walltime, and has the worker end itself: what
     * it had left is run elsewhere. When a task began is known only to the nearest look, and taken to be the later one.
     *
     * @return what is over its time, as {@link ResultRing#current()} has it; 0 if nothing is
     */
    long lookAtTime() {
        long current = link().current();
        long now = System.nanoTime();
        if (current != lookedAt) {
            lookedAt = current;
            lookedAtSince = now;
            return 0;
        }
        Unit unit = running(current);
        Optional<Duration> limit = unit == null ? Optional.empty() : unit.walltime();
        if (unit == null || limit.isEmpty() || now - lookedAtSince < limit.get().toNanos()) {
            return 0;
        }
        int item = ResultRing.itemOf(current);
        int task = unit.first() + item;
        unit.run()
                .complete(
                        task,
                        new TaskResult.Failure(new TaskTimeoutException(
                                unit.describe(task) + " ran longer than its walltime of "
                                        + Walltime.format(limit.get()),
                                "ask for more: time in resources or @Cluster(time = ...)")));
        link().order(Wire.KILL | (item + 1) << Wire.KILL_ITEM_SHIFT, ResultRing.unitOf(current));
        return current;
    }

    /** What it runs, as {@link ResultRing#current()} has it. */
    long current() {
        WorkerLink l = link;
        return l == null ? 0 : l.current();
    }

    /** Ends a worker that still runs this: it did not even look for orders. */
    void killIfRuns(long what) {
        if (link().current() == what) {
            link().kill();
        }
    }

    /** Whether somebody must look at the time of what this worker has, and nobody does; then the caller will. */
    boolean startLooking() {
        for (Sent s : sent.values()) {
            if (s.unit().walltime().isPresent()) {
                return looking.compareAndSet(false, true);
            }
        }
        return false;
    }

    /** The caller won't look any more. */
    void stopLooking() {
        looking.set(false);
    }

    void kill() {
        unwanted = true;
        WorkerLink l = link;
        if (l != null) {
            l.kill();
        }
    }

    void release() {
        link().release();
    }

    /** This JVM could not go on with it. The worker's own thread. */
    void givenUp(Throwable why) {
        lastWords = "the driver gave it up: " + why;
    }

    List<JobRun> runs() {
        List<JobRun> runs = new ArrayList<>();
        for (Sent s : sent.values()) {
            runs.add(s.unit().run());
        }
        return runs;
    }

    long lastProgress() {
        return lastProgress;
    }

    // ---------------------------------------------------------------- records, on the worker's own thread

    @Override
    public void ready(RuntimeReport report) {
        runtime = report;
        pool.ready(this);
    }

    @Override
    public void record(int type, int unit, int item, byte[] payload, int length) throws IOException {
        switch (type) {
            case Wire.RESULT -> result(unit, item, payload, length);
            case Wire.ERROR -> error(unit, item, payload, length);
            case Wire.STDOUT -> output(OutputChannel.STDOUT, unit, item, payload, length);
            case Wire.STDERR -> output(OutputChannel.STDERR, unit, item, payload, length);
            case Wire.UNIT_DONE -> done(unit, ByteBuffer.wrap(payload, 0, 8).getLong());
            case Wire.REVOKED -> revoked(unit);
            case Wire.DYING -> lastWords = new String(payload, 0, length, StandardCharsets.UTF_8);
            default -> throw new IOException("a record of unknown type " + type);
        }
    }

    private @Nullable Unit unit(int id) {
        if (id != lastId || lastUnit == null) {
            lastId = id;
            Sent s = sent.get(id);
            lastUnit = s == null ? null : s.unit();
            lastItem = -1;
        }
        return lastUnit;
    }

    private void result(int id, int item, byte[] payload, int length) {
        Unit unit = unit(id);
        if (unit == null || unit.run().has(unit.first() + item)) {
            return;
        }
        TaskResult result;
        try {
            result = new TaskResult.Success(codec.decode(payload, 0, length));
        } catch (RuntimeException | Error e) { // the user's classes may do anything while they are read
            result = new TaskResult.Failure(e);
        }
        unit.run().complete(unit.first() + item, result);
        forgetOutput();
    }

    private void error(int id, int item, byte[] payload, int length) throws IOException {
        Unit unit = unit(id);
        if (unit == null) {
            return;
        }
        int task = unit.first() + item;
        Throwable error = Failures.read(payload, length, codec::decode);
        if (error instanceof OutOfMemoryError e) {
            error = Deaths.outOfMemory(unit.describe(task), tail, e);
        }
        unit.run().complete(task, new TaskResult.Failure(error));
        forgetOutput();
    }

    /** What follows belongs to another task, and is to be quoted alone should that kill the worker. */
    private void forgetOutput() {
        tail.clear();
        texts.clear();
    }

    private void output(OutputChannel channel, int id, int item, byte[] payload, int length) {
        Unit unit = unit(id);
        if (item != lastItem) {
            lastItem = item;
            forgetOutput();
        }
        String text = texts.computeIfAbsent(channel, c -> new Utf8Text()).decode(payload, length);
        tail.add(text);
        if (unit != null) {
            unit.run().output(unit.first() + item, channel, text);
        }
    }

    @Override
    public void printed(int id, int item, String text) {
        tail.add(text);
        Sent s = sent.get(id);
        if (s != null) {
            s.unit().run().output(s.unit().first() + item, OutputChannel.STDOUT, text);
        }
    }

    @Override
    public void lost(int id, int item, int length, OutOfMemoryError why) {
        Unit unit = unit(id);
        if (unit != null) {
            int task = unit.first() + item;
            SerializationException e = new SerializationException(
                    "what " + unit.describe(task) + " returned takes " + length
                            + " bytes, for which this JVM has no memory: " + why.getMessage(),
                    List.of("give the driver's JVM more (-Xmx), or return less, such as the path of a file"),
                    why);
            unit.run().complete(task, new TaskResult.Failure(e));
        }
    }

    private void done(int id, long nanos) {
        Unit unit = acknowledged(id);
        lastUnit = null;
        finished++;
        nanosPerUnit = nanosPerUnit == 0 ? nanos : nanosPerUnit * 0.75 + nanos * 0.25;
        Feed feed = unit == null ? null : unit.feed();
        if (unit != null && feed != null) {
            feed.chunking().took(unit.count(), nanos);
        }
    }

    private void revoked(int id) {
        Unit unit = acknowledged(id);
        if (unit != null) {
            pool.giveBack(this, List.of(unit), 1);
        }
    }

    private @Nullable Unit acknowledged(int id) {
        Sent s = sent.remove(id);
        if (s == null) {
            return null;
        }
        acknowledgedBytes += s.size();
        return s.unit();
    }

    private @Nullable Unit running(long current) {
        Sent s = current == 0 ? null : sent.get(ResultRing.unitOf(current));
        return s == null ? null : s.unit();
    }

    @Override
    public void drained() {
        lastProgress = System.nanoTime();
        if (finished > 0 || acknowledgedBytes > 0) {
            int n = finished;
            finished = 0;
            synchronized (sending) {
                underWay -= acknowledgedBytes;
            }
            acknowledgedBytes = 0;
            pool.finished(this, n, (int) Math.max(1, Math.min(MAX_WINDOW, TARGET_NANOS / Math.max(1, nanosPerUnit))));
        }
    }

    /**
     * The process has ended: the task that it ran fails or is begun anew, what it had not started is given back.
     *
     * @param retries how often a task is begun anew after its worker was killed from outside
     */
    List<Unit> end(WorkerLink.End end, int retries) {
        TreeMap<Integer, Sent> left;
        synchronized (sending) {
            ended = true;
            backlog.clear();
            left = new TreeMap<>(sent);
            sent.clear();
        }
        CancellationException endOfAll = pool.endOfAll();
        List<Unit> again = new ArrayList<>();
        for (Map.Entry<Integer, Sent> e : left.entrySet()) {
            Unit unit = e.getValue().unit();
            if (endOfAll != null) {
                unit.run().cancel(endOfAll);
            }
            if (unit.run().over()) {
                continue;
            }
            if (end.current() == 0 && e.getKey().equals(left.firstKey()) && !end.killed()) {
                again.addAll(struck(unit, end, retries));
                continue;
            }
            if (end.current() == 0 || e.getKey() != ResultRing.unitOf(end.current())) {
                again.add(unit);
                continue;
            }
            int task = unit.first() + ResultRing.itemOf(end.current());
            int next = task + 1;
            int attempt = 0;
            if (!unit.run().has(task)) {
                if (end.exitCode() > 128 && unit.attempt() < retries) {
                    next = task;
                    attempt = unit.attempt() + 1;
                } else {
                    unit.run()
                            .complete(
                                    task,
                                    new TaskResult.Failure(
                                            Deaths.whileRunning(unit.describe(task), end.exitCode(), lastWords, tail)));
                }
            }
            if (next < unit.first() + unit.count()) {
                again.add(unit.from(next, attempt));
            }
        }
        return again;
    }

    /** A unit before whose start a worker has died: should it be the unit's fault, it must not go on for ever. */
    private List<Unit> struck(Unit unit, WorkerLink.End end, int retries) {
        if (unit.attempt() < Math.max(MAX_STRIKES, retries)) {
            return List.of(unit.from(unit.first(), unit.attempt() + 1));
        }
        for (int task = unit.first(); task < unit.first() + unit.count(); task++) {
            unit.run()
                    .complete(
                            task,
                            new TaskResult.Failure(
                                    Deaths.whileRunning(unit.describe(task), end.exitCode(), lastWords, tail)));
        }
        return List.of();
    }
}

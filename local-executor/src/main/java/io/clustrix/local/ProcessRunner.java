package io.clustrix.local;

import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Work;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.worker.Wire;
import io.clustrix.worker.WorkerSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs in a pool of warm worker processes.
 *
 * <p>Jobs that want the same kind of worker ({@link WorkerSpec}) share a {@link Lane}. Each worker is sent as many
 * units ahead as it does in about two milliseconds, so short tasks flow without a round trip each and long ones wait
 * where any worker can take them; what waits behind a task that turns out long is taken back and given to an idle
 * worker.
 *
 * <p><b>Threads and lifetime:</b> one thread for each worker process, which lives as long as it; a timer; threads that
 * write what a worker can't take at once. One lock guards who has what; nothing is serialized, written or told to a
 * listener under it.
 */
final class ProcessRunner implements AutoCloseable, JobRun.Runner {
    /** How long a cancelled task has to react to its interrupt before its process is killed. */
    private static final long GRACE_MILLIS = 200;

    private static final long REBALANCE_MILLIS = 2;

    /** How often it is looked whether a task is over its walltime. */
    private static final long LOOK_MILLIS = 50;

    /** After so long the first worker of a lane is made room for. */
    private static final long PATIENCE_MILLIS = 500;

    private static final int MAX_FAILED_STARTS = 2;

    private final String cluster;
    private final LocalSettings settings;
    private final ExecutorContext context;
    private final Path ownJava;
    private final WorkerLink.Surroundings surroundings;
    private final int slots;
    private final ClassDataArchive archive;
    private final ScheduledExecutorService timer;
    private final ExecutorService writers;
    private final AtomicInteger functions = new AtomicInteger();
    private final AtomicInteger names = new AtomicInteger();

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final Map<WorkerSpec, Lane> lanes = new LinkedHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private int slotsUsed;
    private boolean rebalancing;
    private @Nullable Lane starved;

    /** Set under the lock. */
    private volatile boolean closed;

    /** Whether a worker is idle or could be started. Read without the lock by those who submit. */
    private volatile boolean hungry = true;

    private volatile @Nullable KnownLane lastLane;

    private record KnownLane(JobOptions options, Lane lane) {}

    ProcessRunner(String cluster, LocalSettings settings, ExecutorContext context, Path ownJava, String host) {
        this.cluster = cluster;
        this.settings = settings;
        this.context = context;
        this.ownJava = ownJava;
        slots = settings.parallelism();
        ScheduledThreadPoolExecutor t = new ScheduledThreadPoolExecutor(1, r -> daemon(r, "timer"));
        t.setRemoveOnCancelPolicy(true);
        timer = t;
        writers = Executors.newCachedThreadPool(r -> daemon(r, "writer"));
        surroundings = new WorkerLink.Surroundings(host, settings.startTimeout(), timer);
        archive = new ClassDataArchive(context, settings.classDataSharing(), surroundings);
        long idle = Math.max(50, settings.idleTimeout().toMillis() / 4);
        var unused = timer.scheduleWithFixedDelay(this::endIdle, idle, idle, TimeUnit.MILLISECONDS);
    }

    private Thread daemon(Runnable r, String what) {
        Thread thread = new Thread(r, "clustrix-" + cluster + "-" + what);
        thread.setDaemon(true);
        return thread;
    }

    // ---------------------------------------------------------------- jobs

    /** Takes a job whose function has been serialized. */
    void submit(JobRun run, byte[] function) {
        Lane lane = lane(run.job().options());
        run.accepted();
        if (run.job().work() instanceof Work.Call) {
            lane.add(new Unit(run, null, 0, 1, function, 0));
        } else if (run.job().tasks() > 0) {
            int workers = Math.max(1, slots / lane.spec().slots());
            Chunking chunking = new Chunking(run.job().options().chunkSize(), workers);
            lane.add(new Feed(run, functions.incrementAndGet(), function, chunking));
        }
        if (lane.isRetired()) {
            revive(lane);
        }
        if (hungry) {
            dispatch();
        }
    }

    private Lane lane(JobOptions options) {
        KnownLane last = lastLane;
        if (last != null && last.options.equals(options)) {
            return last.lane;
        }
        WorkerSpec spec = WorkerSpec.of(settings, ownJava, options);
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the executor of cluster " + cluster + " is closed");
            }
            Lane lane = lanes.computeIfAbsent(spec, Lane::new);
            lastLane = new KnownLane(options, lane);
            if (lane.workers().isEmpty()) {
                hungry = true; // it may need room, which takes a while to make
            }
            return lane;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a lane that nobody uses: each set of variables makes one. */
    private void retire(Lane lane) {
        if (lane.workers().isEmpty()) {
            lane.retire(true); // before the look: who adds now sees it
            if (lane.isWaiting()) {
                lane.retire(false);
            } else {
                lanes.remove(lane.spec(), lane);
            }
        }
    }

    private void revive(Lane lane) {
        lock.lock();
        try {
            Lane current = lanes.computeIfAbsent(lane.spec(), s -> lane);
            if (current.equals(lane)) {
                lane.retire(false);
            } else {
                lane.moveTo(current);
            }
            lastLane = null;
            hungry = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancelled(JobRun run) {
        Map<PoolWorker, List<Integer>> ordered = new HashMap<>();
        for (PoolWorker worker : workers()) {
            List<Integer> ids = worker.cancel(run);
            if (!ids.isEmpty()) {
                ordered.put(worker, ids);
            }
        }
        ordered.forEach((worker, ids) -> later(() -> killWhileRunning(worker, ids), GRACE_MILLIS));
    }

    private void killWhileRunning(PoolWorker worker, List<Integer> ids) {
        if (worker.killWhileRunning(ids)) {
            later(() -> worker.killIfHas(ids), GRACE_MILLIS * 5);
        }
    }

    private List<PoolWorker> workers() {
        lock.lock();
        try {
            List<PoolWorker> all = new ArrayList<>();
            for (Lane lane : lanes.values()) {
                all.addAll(lane.workers());
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    private void later(Runnable what, long millis) {
        try {
            var unused = timer.schedule(what, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The pool is closing, which ends every worker anyway.
        }
    }

    // ---------------------------------------------------------------- who gets what

    /** Hands out what waits to whoever has room, and starts workers if there are too few. */
    private void dispatch() {
        boolean again = true;
        while (again) {
            if (closed) {
                dropAll();
                return;
            }
            List<PoolWorker> chosen = new ArrayList<>(4);
            List<List<Unit>> batches = new ArrayList<>(4);
            lock.lock();
            try {
                hungry = false;
                for (Lane lane : lanes.values()) {
                    fill(lane, chosen);
                }
                for (PoolWorker worker : chosen) {
                    batches.add(worker.takeBatch());
                }
                hungry = closed || slotsUsed < slots || isIdle();
                // What was added since the lanes were looked at saw that nobody was hungry.
                again = closed ? isWaiting() : hasNew();
                if (!isWaiting()) {
                    rebalanceLater();
                }
            } finally {
                lock.unlock();
            }
            for (int i = 0; i < batches.size(); i++) {
                send(chosen.get(i), batches.get(i));
            }
        }
    }

    /** What was handed in or given back while the pool was being closed. */
    private void dropAll() {
        List<JobRun> runs = new ArrayList<>();
        lock.lock();
        try {
            for (Lane lane : lanes.values()) {
                runs.addAll(lane.drop());
            }
        } finally {
            lock.unlock();
        }
        runs.forEach(run -> run.cancel(wasClosed()));
    }

    /** Why what is unfinished ends now; null while the pool is open. */
    @Nullable
    CancellationException endOfAll() {
        return closed ? wasClosed() : null;
    }

    private CancellationException wasClosed() {
        return new CancellationException("the executor of cluster " + cluster + " was closed");
    }

    private boolean isWaiting() {
        for (Lane lane : lanes.values()) {
            if (lane.isWaiting()) {
                return true;
            }
        }
        return false;
    }

    private boolean hasNew() {
        for (Lane lane : lanes.values()) {
            if (lane.hasNew()) {
                return true;
            }
        }
        return false;
    }

    private boolean isIdle() {
        for (Lane lane : lanes.values()) {
            for (PoolWorker worker : lane.workers()) {
                if (worker.inFlight() == 0 && !worker.isRetired()) {
                    return true;
                }
            }
        }
        return false;
    }

    private void send(PoolWorker worker, List<Unit> units) {
        worker.send(units);
        for (Unit unit : units) {
            if (unit.walltime().isPresent()) {
                lookLater(worker);
                return;
            }
        }
    }

    private void lookLater(PoolWorker worker) {
        if (worker.startLooking()) {
            later(() -> look(worker), LOOK_MILLIS);
        }
    }

    private void look(PoolWorker worker) {
        long over = worker.lookAtTime();
        if (over != 0) {
            later(() -> worker.killIfRuns(over), GRACE_MILLIS * 5);
        }
        worker.stopLooking();
        lookLater(worker);
    }

    /**
     * Hands out what waits in a lane. While all are busy, what is submitted waits for the next unit to end, and is sent
     * with what else has come by then: under load that makes batches by itself.
     */
    private void fill(Lane lane, List<PoolWorker> chosen) {
        while (true) {
            PoolWorker worker = lane.withRoom();
            if (worker == null) {
                int demand = lane.demand(slots);
                lane.sawDemand(demand, slots);
                if (demand > 0) {
                    startIfNeeded(lane, demand);
                }
                return;
            }
            Unit unit = lane.take();
            if (unit == null) {
                lane.sawDemand(0, slots); // what comes from now on is to be handed out
                return;
            }
            if (worker.assign(unit)) {
                chosen.add(worker);
            }
        }
    }

    /** Starts as many workers as there is work and room for. */
    private void startIfNeeded(Lane lane, int demand) {
        int wanted = demand - lane.starting();
        int needed = lane.spec().slots();
        while (wanted > 0 && !closed && (starved == null || starved.equals(lane))) {
            if (slotsUsed + needed > slots && slotsUsed > 0) {
                makeRoom(lane, slotsUsed + needed - slots);
                return;
            }
            starved = null;
            slotsUsed += needed;
            start(lane);
            wanted--;
        }
    }

    /**
     * Ends workers of other kinds: idle ones at once, and busy ones after what they have, if the lane has waited for
     * its first worker for a while. Their ends bring the next look.
     */
    private void makeRoom(Lane lane, int missing) {
        int left = missing - retire(lane, Integer.MAX_VALUE, PoolWorker::isRetired);
        left -= retire(lane, left, w -> w.inFlight() == 0 && !w.lane().isWaiting());
        if (left <= 0 || !lane.workers().isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        if (lane.waitsForWorkerSince() == 0) {
            lane.waitsForWorkerSince(now);
            later(this::dispatch, PATIENCE_MILLIS + 1);
        } else if (now - lane.waitsForWorkerSince() > PATIENCE_MILLIS * 1_000_000) {
            starved = lane; // what gets free is for it alone
            retire(lane, left, w -> true);
        }
    }

    /** Retires workers of other lanes until so many slots will get free; returns how many that are. */
    private int retire(Lane lane, int enough, Predicate<PoolWorker> which) {
        int freed = 0;
        for (Lane other : lanes.values()) {
            for (PoolWorker worker : other.workers()) {
                if (freed < enough && !other.equals(lane) && worker.ready() && which.test(worker)) {
                    worker.retire();
                    freed += other.spec().slots();
                }
            }
        }
        return freed;
    }

    private void start(Lane lane) {
        lane.waitsForWorkerSince(0);
        PoolWorker worker = new PoolWorker(this, lane, context.codec(), writers);
        lane.workers().add(worker);
        String name = "clustrix-" + cluster + "-worker-" + names.incrementAndGet();
        Thread thread = new Thread(() -> serve(worker, name), name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** The life of a worker process, on its thread. */
    private void serve(PoolWorker worker, String name) {
        Lane lane = worker.lane();
        WorkerLink.End end;
        String problem = "it ended before it was ready";
        boolean archiveToBlame = false;
        try {
            WorkerSetup setup = new WorkerSetup(
                    Wire.VERSION,
                    name,
                    ProcessHandle.current().pid(),
                    context.serializer().getClass().getName(),
                    context.serializerOptions());
            List<String> options = new ArrayList<>(
                    context.serializer().jvmOptions(Runtime.version().feature()));
            List<String> sharing = archive.options(lane.spec());
            options.addAll(sharing);
            WorkerLink link =
                    new WorkerLink(name, lane.spec(), archive.classPath(), options, setup, surroundings, worker);
            worker.connect(link);
            end = link.run();
            if (!end.ready()) {
                archiveToBlame = !sharing.isEmpty()
                        && !end.killed()
                        && archive.suspect(lane.spec().java());
                problem += " (exit code " + end.exitCode() + ", or not within the start-timeout of "
                        + settings.startTimeout().toMillis() + " ms)";
            }
        } catch (IOException | RuntimeException | Error e) {
            worker.kill(); // should it have been started at all
            worker.givenUp(e);
            end = new WorkerLink.End(-1, worker.current(), worker.ready(), true);
            problem = String.valueOf(e.getMessage());
        }
        List<Unit> again = worker.end(end, settings.workerRetries());
        List<JobRun> hopeless = List.of();
        lock.lock();
        try {
            lane.workers().remove(worker);
            threads.remove(Thread.currentThread());
            slotsUsed -= lane.spec().slots();
            lane.addFirst(again);
            if (end.ready()) {
                lane.startedWell();
            } else if (!closed && !archiveToBlame && lane.failedStart() >= allowedFailures(end)) {
                lane.startedWell();
                hopeless = lane.drop();
            }
            retire(lane);
        } finally {
            lock.unlock();
        }
        if (!hopeless.isEmpty()) {
            WorkerDiedException death = Deaths.notStarted(end.exitCode(), problem, worker.tail());
            hopeless.forEach(run -> run.cancel(death));
        }
        dispatch();
    }

    /** Who kills workers kills them on their way up too. */
    private int allowedFailures(WorkerLink.End end) {
        return MAX_FAILED_STARTS + (end.exitCode() > 128 ? settings.workerRetries() : 0);
    }

    // ---------------------------------------------------------------- news from workers, on their threads

    /** A worker has come up. */
    void ready(PoolWorker worker) {
        lock.lock();
        try {
            worker.lane().startedWell();
        } finally {
            lock.unlock();
        }
        dispatch();
    }

    /** A worker has done so many units, and may have so many ahead from now on. */
    void finished(PoolWorker worker, int units, int window) {
        lock.lock();
        try {
            worker.window(window);
            worker.unassigned(units);
        } finally {
            lock.unlock();
        }
        dispatch();
    }

    /** A worker has not, and will not have, done some units: these are to be run elsewhere. */
    void giveBack(PoolWorker worker, List<Unit> units, int unassigned) {
        lock.lock();
        try {
            worker.unassigned(unassigned);
            worker.lane().addFirst(units);
        } finally {
            lock.unlock();
        }
        dispatch();
    }

    // ---------------------------------------------------------------- fairness and thrift

    /** Sees to it that units don't wait behind a long one while another worker is idle. Under the lock. */
    private void rebalanceLater() {
        if (rebalancing || closed) {
            return;
        }
        boolean idle = false;
        boolean ahead = false;
        for (Lane lane : lanes.values()) {
            for (PoolWorker w : lane.workers()) {
                idle |= w.inFlight() == 0;
                ahead |= w.inFlight() > 1;
            }
        }
        if (ahead && (idle || slotsUsed < slots)) {
            rebalancing = true;
            later(this::rebalance, REBALANCE_MILLIS);
        }
    }

    private void rebalance() {
        List<PoolWorker> stuck = new ArrayList<>();
        lock.lock();
        try {
            rebalancing = false;
            long now = System.nanoTime();
            for (Lane lane : lanes.values()) {
                for (PoolWorker w : lane.workers()) {
                    if (w.inFlight() > 1 && now - w.lastProgress() > REBALANCE_MILLIS * 1_000_000) {
                        w.window(1);
                        stuck.add(w);
                    }
                }
            }
            if (!isWaiting()) {
                rebalanceLater();
            }
        } finally {
            lock.unlock();
        }
        stuck.forEach(PoolWorker::revokeWaiting);
    }

    private void endIdle() {
        lock.lock();
        try {
            long now = System.nanoTime();
            for (Lane lane : lanes.values()) {
                for (PoolWorker w : lane.workers()) {
                    if (w.ready()
                            && w.inFlight() == 0
                            && !lane.isWaiting()
                            && now - w.lastProgress() > settings.idleTimeout().toNanos()) {
                        w.retire();
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    // ---------------------------------------------------------------- the end

    @Override
    public void close() {
        List<JobRun> runs = new ArrayList<>();
        List<PoolWorker> idle = new ArrayList<>();
        List<PoolWorker> busy = new ArrayList<>();
        List<Thread> waitFor;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            hungry = true; // whoever hands in something now is to look
            for (Lane lane : lanes.values()) {
                runs.addAll(lane.drop());
                for (PoolWorker w : lane.workers()) {
                    runs.addAll(w.runs());
                    (w.ready() && w.inFlight() == 0 ? idle : busy).add(w);
                }
            }
            waitFor = List.copyOf(threads);
        } finally {
            lock.unlock();
        }
        CancellationException reason = wasClosed();
        runs.forEach(run -> run.cancel(reason));
        archive.close();
        busy.forEach(PoolWorker::kill);
        idle.forEach(PoolWorker::release);
        if (!join(waitFor, 1000)) {
            idle.forEach(PoolWorker::kill);
            join(waitFor, 5000);
        }
        timer.shutdownNow();
        writers.shutdownNow();
    }

    private static boolean join(List<Thread> threads, long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        try {
            for (Thread t : threads) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                t.join(Math.max(1, left));
                if (t.isAlive()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

package io.clustrix.testkit.fake;

import io.clustrix.testkit.fake.Element.Cause;
import io.clustrix.testkit.fake.Element.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler for tests: its commands are in {@link #bin()}, its jobs are processes of this machine, and its clock can
 * be moved. It keeps its state in memory, and faults can be ordered. Needs Linux, or another system with {@code sh},
 * {@code setsid} and named pipes.
 *
 * <p>Closing it ends all of its jobs, as does the end of the JVM. All methods may be called from any thread.
 */
public abstract class FakeScheduler implements AutoCloseable {
    private static final int USUAL_SLOTS = 16;
    private static final long PATIENCE = 10;

    /**
     * Around each job: tells whether a signal has ended it, which an exit code alone does not say, and outlives the
     * signals that are sent to the whole group. Arguments: a file for what it tells, the command.
     */
    private static final String AROUND = """
            trap : HUP INT QUIT TERM USR1 USR2
            exec 9>&2 2>"$1"
            shift
            (trap - HUP INT QUIT TERM USR1 USR2; exec 2>&9 9>&-; exec "$@")
            code=$?
            echo "code $code" >&2
            exit "$code"
            """;

    private record Event(Instant at, Runnable action) {}

    /** Guards everything. */
    final Object lock = new Object();

    final Map<Integer, Job> jobs = new TreeMap<>();

    /** How long ago a job must have ended for the accounting to know of it. */
    Duration lag = Duration.ZERO;

    int slots = USUAL_SLOTS;

    private final ExecutorService threads;
    private final CommandDirectory commands;
    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparing(Event::at));
    private final Map<String, Deque<Reply>> failures = new HashMap<>();
    private final Map<String, Deque<Reply>> spoiled = new HashMap<>();
    private final List<String> calls = new ArrayList<>();
    private Duration offset = Duration.ZERO;
    private int last;
    private boolean stopped;
    private boolean hanging;
    private boolean down;
    private boolean closed;

    FakeScheduler(String name, List<String> programs) {
        AtomicInteger count = new AtomicInteger();
        threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "clustrix-fake-" + name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        commands = new CommandDirectory(name, programs, threads, this::take);
        threads.execute(this::watch);
    }

    // What tests see

    /** The directory of its commands: what {@code bin-directory} of a cluster is to be. */
    public final Path bin() {
        return commands.bin();
    }

    /** The time that it believes it is. */
    public final Instant now() {
        synchronized (lock) {
            return Instant.now().plus(offset);
        }
    }

    /** Moves its clock; what was due by then has been done when this returns. Processes of jobs know nothing of it. */
    public final void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time does not go back: " + time);
        }
        synchronized (lock) {
            offset = offset.plus(time);
            happen();
            startJobs();
            lock.notifyAll();
        }
    }

    /** How many slots there are for jobs; those that run go on. */
    public final void slots(int count) {
        synchronized (lock) {
            slots = count;
            startJobs();
        }
    }

    /** Starts no more jobs; those that run go on. */
    public final void stopStarting() {
        synchronized (lock) {
            stopped = true;
        }
    }

    /** Starts jobs again. */
    public final void goOnStarting() {
        synchronized (lock) {
            stopped = false;
            startJobs();
        }
    }

    /** The next call of a command that nothing was ordered for is not carried out, and answered with this. */
    public final void refuseNext(String program, int exit, String err) {
        synchronized (lock) {
            failures.computeIfAbsent(program, p -> new ArrayDeque<>()).add(Reply.refusal(exit, err));
        }
    }

    /** The next call of a command is carried out, and yet answered with this. */
    public final void spoilNext(String program, int exit, String err) {
        synchronized (lock) {
            spoiled.computeIfAbsent(program, p -> new ArrayDeque<>()).add(Reply.refusal(exit, err));
        }
    }

    /**
     * Commands get no answer, until {@link #answer()}; then all of them are carried out, also for callers that left.
     */
    public final void hang() {
        synchronized (lock) {
            hanging = true;
        }
    }

    /** Commands are answered again. */
    public final void answer() {
        synchronized (lock) {
            hanging = false;
            lock.notifyAll();
        }
    }

    /** The scheduler's daemon is gone: commands fail at once. Jobs that run go on. */
    public final void down() {
        synchronized (lock) {
            down = true;
            stopped = true;
        }
    }

    /** The scheduler's daemon is back, and knows what it knew. */
    public final void up() {
        synchronized (lock) {
            down = false;
            stopped = false;
            startJobs();
        }
    }

    /** How long after a job's end the accounting tells of it; zero by default. */
    public final void accountingLag(Duration time) {
        synchronized (lock) {
            lag = time;
        }
    }

    /** It knows nothing more of a job, which does not end by this. The id is that of the submit command's answer. */
    public final void forget(String id) {
        synchronized (lock) {
            if (jobs.remove(number(id)) == null) {
                throw new IllegalArgumentException("there is no job " + id);
            }
            gone(number(id));
        }
    }

    /** The node of all that run of a job is lost: its processes end, and what may be started again is. */
    public final void loseNode(String id) {
        synchronized (lock) {
            Job job = Objects.requireNonNull(jobs.get(number(id)), () -> "there is no job " + id);
            job.in(State.RUNNING).forEach(e -> kill(e, Cause.NODE_LOST, "KILL", Duration.ZERO));
        }
    }

    /** The number that the next job gets. */
    public final void nextJob(int number) {
        synchronized (lock) {
            last = number - 1;
        }
    }

    /** The commands that were called so far, with their arguments. */
    public final List<String> calls() {
        synchronized (lock) {
            return List.copyOf(calls);
        }
    }

    /** How many jobs it has taken that it still knows of. */
    public final int jobsKnown() {
        synchronized (lock) {
            return jobs.size();
        }
    }

    // What a scheduler is

    /** Carries out a command; {@link Refusal} is an answer too. Called with the lock held. */
    abstract Reply work(Call call);

    /** The answer of a command while the daemon is gone. */
    abstract Reply whileDown(Call call);

    /** How an element is started. */
    abstract Launch launch(Element e) throws IOException;

    /** An element could not be started. */
    abstract void notStarted(Element e, IOException why);

    /** A process has ended; the element is as it is then. Tells whether it is to wait for another start. */
    boolean ended(Element e) {
        return e.cause == Cause.NODE_LOST && e.job.submission.rerun();
    }

    /** Nobody knows a job any more. */
    void gone(int number) {}

    /** A job's time is over. */
    abstract void outOfTime(Element e);

    /** The job's number in an id. */
    int number(String id) {
        return Integer.parseInt(id.replaceFirst("[^0-9].*", ""));
    }

    /** What the job's own processes have as file for a name. */
    final Path file(Element e, String name) {
        return commands.jobs().resolve(e.job.number + (e.index == Element.NONE ? "" : "." + e.index) + "." + name);
    }

    /** The script of a job as a file. */
    final Path script(Job job) throws IOException {
        Path file = commands.jobs().resolve(job.number + ".script");
        if (!Files.exists(file)) {
            Files.writeString(file, job.submission.script());
        }
        return file;
    }

    /** The words of the first line's {@code #!}; empty if there is none. */
    static List<String> interpreter(String script) {
        if (!script.startsWith("#!")) {
            return List.of();
        }
        // As the kernel reads it: one program, and all the rest as one argument.
        return List.of(
                script.lines().findFirst().orElse("").substring(2).strip().split("[ \t]+", 2));
    }

    // For the schedulers; with the lock held

    final Job add(Submission submission) {
        last++;
        Job job = new Job(last, submission, now());
        jobs.put(last, job);
        submission.notBefore().ifPresent(t -> at(t, this::startJobs));
        return job;
    }

    /** A number that no job has. */
    final int nextNumber() {
        last++;
        return last;
    }

    final void at(Instant time, Runnable action) {
        events.add(new Event(time, action));
        lock.notifyAll();
    }

    final int freeSlots() {
        return slots
                - elements(State.RUNNING)
                        .mapToInt(e -> e.job.submission.slots())
                        .sum();
    }

    final Stream<Element> elements(State state) {
        return jobs.values().stream().flatMap(j -> j.in(state));
    }

    final void startJobs() {
        if (stopped || closed) {
            return;
        }
        for (Job job : List.copyOf(jobs.values())) {
            for (Element e : job.in(State.WAITING).toList()) {
                if (mayStart(e)) {
                    start(e);
                }
            }
        }
    }

    final boolean mayStart(Element e) {
        Submission s = e.job.submission;
        Instant before = e.notBefore;
        return !e.job.held
                && s.never().isEmpty()
                && s.notBefore().map(t -> !t.isAfter(now())).orElse(true)
                && (before == null || !before.isAfter(now()))
                && (s.most() == 0 || e.job.in(State.RUNNING).count() < s.most())
                && s.slots() <= freeSlots();
    }

    private void start(Element e) {
        e.runs++;
        e.cause = Cause.EXITED;
        e.started = now().truncatedTo(ChronoUnit.MILLIS);
        e.notBefore = null;
        try {
            Launch launch = launch(e);
            Path told = file(e, e.runs + ".told");
            List<String> words = new ArrayList<>(List.of("setsid", "sh", "-c", AROUND, "sh", told.toString()));
            words.addAll(launch.command());
            ProcessBuilder builder =
                    new ProcessBuilder(words).directory(launch.directory().toFile());
            builder.environment().clear();
            builder.environment().putAll(launch.environment());
            builder.redirectInput(launch.input().orElse(Path.of("/dev/null")).toFile());
            builder.redirectOutput(file(launch.out(), launch.append()));
            launch.err()
                    .ifPresentOrElse(
                            f -> builder.redirectError(file(f, launch.append())),
                            () -> builder.redirectErrorStream(true));
            Process process = builder.start();
            e.process = process;
            e.pid = process.pid();
            commands.began(e.pid);
            e.state = State.RUNNING;
            int run = e.runs;
            e.job.submission
                    .walltime()
                    .ifPresent(t -> at(e.started.plus(t), () -> {
                        if (e.running() && e.runs == run && e.cause == Cause.EXITED) {
                            outOfTime(e);
                        }
                    }));
            e.end = process.onExit().thenAcceptAsync(p -> over(e, p.pid(), p.exitValue(), told), threads);
        } catch (IOException ex) {
            e.pid = 0;
            e.process = null;
            notStarted(e, ex);
        }
    }

    private static ProcessBuilder.Redirect file(Path file, boolean append) {
        return append ? ProcessBuilder.Redirect.appendTo(file.toFile()) : ProcessBuilder.Redirect.to(file.toFile());
    }

    private void over(Element e, long pid, int exit, Path told) {
        synchronized (lock) {
            commands.ended(pid);
            if (closed) {
                return;
            }
            String text = "";
            try {
                text = Files.readString(told).strip();
            } catch (IOException ex) {
                text = "it was ended before it could tell anything";
            }
            boolean killed = exit > 128 && !text.equals("code " + exit);
            e.signal = killed ? exit - 128 : 0;
            e.code = killed ? 0 : exit;
            e.pid = 0;
            e.process = null;
            finish(e, e.cause);
        }
    }

    /** It is over: for good, or until it is started again. */
    final void finish(Element e, Cause cause) {
        e.cause = cause;
        e.state = State.ENDED;
        e.ended = now().truncatedTo(ChronoUnit.MILLIS);
        if (ended(e)) {
            e.state = State.WAITING;
        }
        startJobs();
        lock.notifyAll();
    }

    /** Ends what runs, by a signal to its group and later, if that takes too long, by another one. */
    final void kill(Element e, Cause cause, String signal, Duration patience) {
        if (!e.running()) {
            return;
        }
        if (e.cause == Cause.EXITED) {
            e.cause = cause;
        }
        long pid = e.pid;
        signal(e, signal);
        if (!patience.isZero()) {
            at(now().plus(patience), () -> {
                if (e.running() && e.pid == pid) {
                    signal(e, "KILL");
                }
            });
        }
    }

    final void signal(Element e, String signal) {
        long pid = e.pid;
        Process process = e.process;
        threads.execute(() -> {
            try {
                Process kill = new ProcessBuilder(
                                "sh", "-c", "kill -s \"$1\" -- \"-$2\"", "sh", signal, Long.toString(pid))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (kill.waitFor(PATIENCE, TimeUnit.SECONDS) && kill.exitValue() != 0 && process != null) {
                    process.destroyForcibly(); // it has only just been started, and has no group yet
                }
            } catch (IOException ex) {
                throw new UncheckedIOException(ex);
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Waits for a moment of its own clock; returns at once when it is closed. */
    final void await(Instant time) {
        while (!closed && now().isBefore(time)) {
            pause(Duration.between(now(), time));
        }
    }

    @SuppressWarnings("WaitNotInLoop") // who calls this looks again
    private void pause(Duration most) {
        try {
            lock.wait(Math.max(1, most.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a fake scheduler", e);
        }
    }

    private Reply take(Call call) {
        synchronized (lock) {
            calls.add(call.program() + (call.words().isEmpty() ? "" : " " + String.join(" ", call.words())));
            while (hanging && !closed) {
                pause(Duration.ofSeconds(PATIENCE));
            }
            if (closed) {
                return Reply.refusal(255, call.program() + ": the fake scheduler is closed");
            }
            @Nullable Reply failure = poll(failures, call.program());
            if (failure != null) {
                return failure;
            }
            if (down) {
                return whileDown(call);
            }
            Reply reply;
            try {
                reply = work(call);
            } catch (Refusal refusal) {
                reply = refusal.reply();
            } catch (RuntimeException e) {
                return Reply.refusal(254, "the fake of " + call.program() + " failed: " + e);
            }
            startJobs();
            lock.notifyAll();
            @Nullable Reply other = poll(spoiled, call.program());
            return other != null ? other : reply;
        }
    }

    private static @Nullable Reply poll(Map<String, Deque<Reply>> replies, String program) {
        Deque<Reply> queue = replies.get(program);
        return queue == null ? null : queue.poll();
    }

    /** Does what is due. */
    private void happen() {
        Event event = events.peek();
        while (event != null && !event.at().isAfter(now())) {
            events.remove();
            event.action().run();
            event = events.peek();
        }
    }

    private void watch() {
        synchronized (lock) {
            while (!closed) {
                happen();
                Event next = events.peek();
                pause(next == null ? Duration.ofMinutes(1) : Duration.between(now(), next.at()));
            }
        }
    }

    /** Ends its jobs and removes its commands. */
    @Override
    public final void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            lock.notifyAll();
        }
        commands.close();
        threads.shutdown();
        try {
            threads.awaitTermination(PATIENCE, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

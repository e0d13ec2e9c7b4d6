package io.clustrix.internal.batch;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.SchedulerClient;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler that is no program but this class. Its nodes are another directory, to which it copies what jobs need and
 * from which it brings back what they leave.
 */
final class CopyingClient implements SchedulerClient {
    private final LocalShell host;
    private final LocalShell node;
    private final Path nodeDirectory;
    private final Runnable changed;
    final Map<NativeId, JobStatus> states = new ConcurrentHashMap<>();
    private final Map<NativeId, Process> processes = new ConcurrentHashMap<>();
    final List<String> commandsOnNode = new CopyOnWriteArrayList<>();
    final List<NativeId> cancelled = new CopyOnWriteArrayList<>();
    final List<NativeId> forgotten = new CopyOnWriteArrayList<>();
    final List<JobFiles> submitted = new CopyOnWriteArrayList<>();
    volatile @Nullable String refusal;
    final AtomicInteger unanswered = new AtomicInteger();
    volatile Optional<List<String>> classPath = Optional.empty();
    volatile boolean closed;

    /** Whether it has been told of the work directory. */
    private volatile boolean isTold;

    CopyingClient(Path root, Runnable changed) {
        host = new LocalShell(root);
        node = new LocalShell(root);
        nodeDirectory = root.resolve("on the node");
        this.changed = changed;
    }

    @Override
    public String name() {
        return "copying";
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public Host nodes() {
        return node;
    }

    @Override
    public RemotePath nodesWorkDirectory(RemotePath onHost) {
        isTold = true;
        return new RemotePath(nodeDirectory.toString());
    }

    @Override
    public boolean sharesFiles() {
        return false;
    }

    @Override
    public Optional<List<String>> classPath() {
        return classPath;
    }

    @Override
    public Traits traits() {
        return new Traits(Set.of(Feature.ARRAYS, Feature.CANCEL_RUNNING), 100, Duration.ZERO);
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("COPYING_JOB", "COPYING_INDEX", 0, Optional.empty());
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return NativeId.of(job.value() + "." + index);
    }

    @Override
    public SchedulerInfo info() {
        return new SchedulerInfo("Copying 1", OptionalInt.of(100), false);
    }

    @Override
    public void check(JobPlan plan) {}

    @Override
    public NativeId submit(JobFiles files, JobPlan plan) throws InterruptedException {
        String why = refusal;
        if (why != null) {
            throw new SchedulerException(why, "ask for less");
        }
        NativeId id = NativeId.of(plan.jobName());
        boolean first = !states.containsKey(id) && !states.containsKey(element(id, 0));
        if (first) {
            submitted.add(files);
            send(files);
            for (int i = 0; i < plan.elements(); i++) {
                start(files, plan, plan.elements() == 1 ? id : element(id, i), i);
            }
        }
        if (unanswered.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw new HostException("the answer was lost");
        }
        return id;
    }

    /** One at a time: two may need the same jar. */
    private synchronized void send(JobFiles files) throws InterruptedException {
        String work = files.workDirectory().value();
        List<String> wanted = new ArrayList<>(List.of(files.directory().value()));
        files.shared().forEach(s -> wanted.add(s.value()));
        for (String path : wanted) {
            Path there = nodeDirectory.resolve(path.substring(work.length() + 1));
            good(Command.of("mkdir", "-p", there.getParent().toString()));
            good(Command.of("cp", "-Rp", path, there.getParent().toString()));
        }
    }

    private void start(JobFiles files, JobPlan plan, NativeId id, int index) {
        String work = files.workDirectory().value();
        Path directory = nodeDirectory.resolve(files.directory().value().substring(work.length() + 1));
        String log = directory + "/" + plan.logs() + (plan.elements() == 1 ? "" : "." + index);
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", files.script())
                .directory(directory.toFile())
                .redirectOutput(Path.of(log + ".out").toFile())
                .redirectError(Path.of(log + ".err").toFile());
        builder.environment().put("COPYING_JOB", id.value());
        if (plan.elements() > 1) {
            builder.environment().put("COPYING_INDEX", Integer.toString(index));
        }
        try {
            states.put(id, JobStatus.of(JobState.RUNNING, "runs"));
            Process process = builder.start();
            processes.put(id, process);
            var unused = process.onExit().thenAccept(p -> ended(id, p.exitValue(), directory, files.directory()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void good(Command command) throws InterruptedException {
        var r = node.run(command);
        if (r.exit() != 0) {
            throw new IllegalStateException(r.summary());
        }
    }

    private void ended(NativeId id, int code, Path from, RemotePath to) {
        try {
            for (String kind : List.of("logs", "claims", "attempts", "results", "exits")) {
                bring(from.resolve(kind), Path.of(to.value(), kind));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        states.put(id, JobStatus.of(code == 0 ? JobState.SUCCEEDED : JobState.FAILED, "ended with " + code));
        changed.run();
    }

    private static void bring(Path from, Path to) throws IOException {
        try (var all = Files.list(from)) {
            for (Path file : all.toList()) {
                Path there = to.resolve(file.getFileName().toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(there);
                } else {
                    Path part = Files.createTempFile(to, ".", "");
                    Files.copy(file, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, there, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }
    }

    @Override
    public Map<NativeId, JobStatus> status(Collection<NativeId> jobs) {
        return isTold ? Map.copyOf(states) : Map.of();
    }

    @Override
    public void cancel(Collection<NativeId> ids) {
        cancelled.addAll(ids);
        processes.forEach((id, process) -> {
            if (ids.stream().anyMatch(i -> id.equals(i) || id.value().startsWith(i.value() + "."))) {
                process.descendants().forEach(ProcessHandle::destroy);
                process.destroy();
                states.put(id, JobStatus.of(JobState.CANCELLED, "cancelled"));
            }
        });
    }

    @Override
    public List<NativeId> find(String jobName) {
        NativeId id = NativeId.of(jobName);
        return states.containsKey(id) || states.containsKey(element(id, 0)) ? List.of(id) : List.of();
    }

    @Override
    public void forget(Collection<NativeId> jobs) {
        forgotten.addAll(jobs);
    }

    @Override
    public void close() {
        closed = true;
        processes.values().forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
        host.close();
        node.close();
    }
}

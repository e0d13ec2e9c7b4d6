package io.clustrix.scheduler.k8s;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pod as processes of this machine: its first process, and doors as children of their own. */
final class LocalPod implements Exec {
    /** What happens to one connection. */
    enum Way {
        /** Both ends see it. */
        CUT,
        /** The door sees nothing of it, and stays. */
        LEFT,
        /** A byte arrives as another. */
        SPOILED
    }

    /** After so many bytes to or from the door something happens; -1: nothing. */
    record Fault(long in, long out, Way way) {}

    private static final List<String> BUSYBOX = List.of(
            "mkfifo", "tar", "head", "tail", "cat", "wc", "sleep", "mkdir", "mv", "rm", "sha256sum", "setsid", "seq");

    static final PodScripts.Place PLACE_JOB = new PodScripts.Place("", "20261122/job");

    private final Path work;
    private final Path tools;
    private final Path told;
    private final PodScripts.Place place;
    private final Process first;
    private final List<Process> doors = new ArrayList<>();
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();

    /** A shell and the tools that go with it, in a directory for the PATH. */
    static Path tools(Path directory, String shell) throws IOException {
        Files.createDirectories(directory);
        Path program = program(shell);
        // Copies: JUnit warns of links that lead out of its directories.
        Path copy = Files.copy(program, directory.resolve("sh"), StandardCopyOption.COPY_ATTRIBUTES);
        if (shell.equals("busybox")) {
            for (String tool : BUSYBOX) {
                Files.createLink(directory.resolve(tool), copy);
            }
        }
        return directory;
    }

    /** Whether this machine has the shell. */
    static boolean has(String shell) {
        return Files.isExecutable(program(shell));
    }

    private static Path program(String shell) {
        Path program = Path.of("/usr/bin", shell);
        return Files.isExecutable(program) ? program : Path.of("/bin", shell);
    }

    LocalPod(Path directory, Path tools, PodScripts.Run run) throws IOException {
        this.place = place(directory);
        this.work = Files.createDirectories(Path.of(place.work()));
        this.tools = tools;
        this.told = directory.resolve("termination-log");
        List<String> command = new ArrayList<>(List.of("/usr/bin/setsid"));
        command.addAll(own(new PodScripts().first(place, run)));
        ProcessBuilder b = new ProcessBuilder(command);
        environment(b.environment());
        b.redirectErrorStream(true).redirectOutput(directory.resolve("pod.log").toFile());
        first = b.start();
    }

    static PodScripts.Place place(Path directory) {
        return new PodScripts.Place(directory.resolve("pod").toString(), PLACE_JOB.job());
    }

    private List<String> own(List<String> command) {
        List<String> words = new ArrayList<>(command);
        words.set(0, tools.resolve("sh").toString());
        return words;
    }

    private void environment(Map<String, String> environment) {
        environment.put("PATH", tools + ":/usr/bin:/bin");
        environment.put("CLUSTRIX_TERMINATION_LOG", told.toString());
        environment.put("JOB_COMPLETION_INDEX", "4");
    }

    PodScripts.Place place() {
        return place;
    }

    Path job() {
        return work.resolve("jobs").resolve(place.job());
    }

    Path work() {
        return work;
    }

    Process first() {
        return first;
    }

    /** The exit code of the first process, or -1 if it has not ended in time. */
    int exit() throws InterruptedException {
        return first.waitFor(60, TimeUnit.SECONDS) ? first.exitValue() : -1;
    }

    String told() throws IOException {
        return Files.exists(told) ? Files.readString(told) : "";
    }

    void fault(Fault fault) {
        faults.add(fault);
    }

    int connections() {
        synchronized (doors) {
            return doors.size();
        }
    }

    boolean isDoorAlive(int number) {
        synchronized (doors) {
            return doors.get(number).isAlive();
        }
    }

    @Override
    public PodCommand start(String pod, String container, List<String> command) {
        List<String> words = new ArrayList<>(List.of("/usr/bin/setsid"));
        words.addAll(own(command));
        ProcessBuilder b = new ProcessBuilder(words);
        environment(b.environment());
        try {
            Path errors = Files.createTempFile(work.getParent(), "door", ".err");
            Process p = b.redirectError(errors.toFile()).start();
            synchronized (doors) {
                doors.add(p);
            }
            Fault fault = faults.poll();
            return new Command(p, errors, fault == null ? new Fault(-1, -1, Way.CUT) : fault);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends all that was started, at once. */
    void end() throws InterruptedException {
        List<Process> all = new ArrayList<>(List.of(first));
        synchronized (doors) {
            all.addAll(doors);
        }
        for (Process p : all) {
            List<ProcessHandle> below = p.descendants().toList();
            p.destroyForcibly();
            below.forEach(ProcessHandle::destroyForcibly);
            p.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static final class Command implements PodCommand {
        private final Process process;
        private final Path errors;
        private final Fault fault;
        private long in;
        private long out;

        Command(Process process, Path errors, Fault fault) {
            this.process = process;
            this.errors = errors;
            this.fault = fault;
        }

        private IOException cut() {
            if (fault.way() == Way.CUT) {
                close();
            }
            return new IOException("cut for the test");
        }

        @Override
        public OutputStream input() {
            return new FilterOutputStream(process.getOutputStream()) {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] b, int offset, int length) throws IOException {
                    int n = fault.in() < 0 ? length : (int) Math.min(length, fault.in() - in);
                    this.out.write(b, offset, n);
                    in += n;
                    if (n < length) {
                        this.out.flush();
                        throw cut();
                    }
                }
            };
        }

        @Override
        public InputStream output() {
            return new FilterInputStream(process.getInputStream()) {
                @Override
                public int read() throws IOException {
                    byte[] b = new byte[1];
                    return read(b, 0, 1) < 0 ? -1 : b[0] & 0xFF;
                }

                @Override
                public int read(byte[] b, int offset, int length) throws IOException {
                    boolean here = fault.out() >= 0;
                    if (here && fault.way() != Way.SPOILED && out >= fault.out()) {
                        throw cut();
                    }
                    int most = here && fault.way() != Way.SPOILED ? (int) Math.min(length, fault.out() - out) : length;
                    int n = super.read(b, offset, most);
                    if (here && fault.way() == Way.SPOILED && out <= fault.out() && out + n > fault.out()) {
                        b[offset + (int) (fault.out() - out)] ^= 1;
                    }
                    out += Math.max(n, 0);
                    return n;
                }
            };
        }

        @Override
        public String errors() {
            try {
                return Files.readString(errors);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int exit(Duration limit) throws IOException, InterruptedException {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the command has not ended");
            }
            return process.exitValue();
        }

        @Override
        public void close() {
            if (fault.way() == Way.LEFT) {
                return;
            }
            for (AutoCloseable c : List.of(process.getOutputStream(), process.getInputStream())) {
                try {
                    c.close();
                } catch (Exception e) {
                    // it is closed
                }
            }
        }
    }

    /** Packs a directory's content with this machine's tar. */
    static Path tar(Path archive, Path directory) throws IOException, InterruptedException {
        Process p = new ProcessBuilder("tar", "-cf", archive.toString(), "-C", directory.toString(), ".")
                .inheritIO()
                .start();
        if (!p.waitFor(60, TimeUnit.SECONDS) || p.exitValue() != 0) {
            throw new IOException("tar failed");
        }
        return archive;
    }

    /** A stream with fixed answers, for what no honest door says. */
    static final class Liar implements Exec {
        private final byte[] says;

        Liar(String... lines) {
            this.says = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public PodCommand start(String pod, String container, List<String> command) {
            return new PodCommand() {
                @Override
                public OutputStream input() {
                    return OutputStream.nullOutputStream();
                }

                @Override
                public InputStream output() {
                    return new java.io.ByteArrayInputStream(Arrays.copyOf(says, says.length));
                }

                @Override
                public String errors() {
                    return "";
                }

                @Override
                public int exit(Duration limit) {
                    return 0;
                }

                @Override
                public void close() {}
            };
        }
    }

    /** A connection on which nothing comes, until it is closed. */
    static final class Silence implements Exec {
        @Override
        public PodCommand start(String pod, String container, List<String> command) {
            java.util.concurrent.CountDownLatch closed = new java.util.concurrent.CountDownLatch(1);
            return new PodCommand() {
                @Override
                public OutputStream input() {
                    return OutputStream.nullOutputStream();
                }

                @Override
                @SuppressWarnings("InputStreamSlowMultibyteRead") // nothing is ever read
                public InputStream output() {
                    return new InputStream() {
                        @Override
                        public int read() throws IOException {
                            try {
                                if (!closed.await(60, TimeUnit.SECONDS)) {
                                    return -1;
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            throw new IOException("closed");
                        }
                    };
                }

                @Override
                public String errors() {
                    return "";
                }

                @Override
                public int exit(Duration limit) {
                    return 0;
                }

                @Override
                public void close() {
                    closed.countDown();
                }
            };
        }
    }

    /** Waits until something is so. */
    static void await(java.util.concurrent.Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come so within a minute");
            }
            Thread.sleep(20);
        }
    }

    static @Nullable String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : null;
    }
}

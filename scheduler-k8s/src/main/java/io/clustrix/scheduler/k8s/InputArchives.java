package io.clustrix.scheduler.k8s;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The archives that pods are fed with, made once for all pods that need the same, and kept in the work directory's
 * {@code tmp/k8s}. Names in them are relative to the work directory.
 *
 * <p>This machine's {@code tar} makes them: it is there, because the engine unpacks with it, and it keeps the links and
 * modes of a Java runtime. What has not been asked for in a day is deleted.
 */
final class InputArchives {
    private static final Duration KEPT = Duration.ofDays(1);
    private static final int LONGEST_ERROR = 2000;

    /** What lies there never changes, but each submission renews its ctime, and GNU's tar takes that for a change. */
    private static final Pattern TOUCHED = Pattern.compile("tar: (store|env)/.*: file changed as we read it");

    private final Path work;
    private final Path place;
    private final Duration limit;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Those of a work directory.
     *
     * @param limit how long making one archive may take
     */
    InputArchives(Path work, Duration limit) {
        this.work = work;
        this.place = work.resolve("tmp").resolve("k8s");
        this.limit = limit;
    }

    /**
     * What many jobs have in common: jars, and Java runtimes.
     *
     * @param job the job's directory below {@code jobs/}; its {@code store-files} name the jars
     * @param environments what the environment needs besides, for instance {@code env/NAME}
     */
    Path base(String job, List<String> environments) throws IOException, InterruptedException {
        TreeSet<String> names = new TreeSet<>(environments);
        for (String name : Files.readAllLines(work.resolve("jobs").resolve(job).resolve("store-files"))) {
            if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
                throw new IOException("'" + name + "' in the job's store-files is no name of a jar");
            }
            names.add("store/" + name);
        }
        return archive("base-" + hash(String.join("\n", names)), new ArrayList<>(names));
    }

    /**
     * What a job alone needs: its class path, pack and scripts, and what earlier attempts at these elements left.
     *
     * @param job the job's directory below {@code jobs/}
     * @param elements the elements that the pods run
     */
    Path job(String job, IntPredicate elements) throws IOException, InterruptedException {
        Path directory = work.resolve("jobs").resolve(job);
        TreeSet<String> names = new TreeSet<>();
        StringBuilder content = new StringBuilder(job);
        for (Path file : list(directory)) {
            note(file, "jobs/" + job + "/", names, content);
        }
        for (Path file : list(directory.resolve("attempts"))) {
            String name = file.getFileName().toString();
            int dot = name.indexOf('.');
            if (name.endsWith(".part")
                    && name.matches("[0-9]{1,9}\\..*")
                    && elements.test(Integer.parseInt(name.substring(0, dot)))) {
                note(file, "jobs/" + job + "/attempts/", names, content);
            }
        }
        return archive(prefix(job) + hash(content.toString()), new ArrayList<>(names));
    }

    /** Deletes the archives that a job alone needed. */
    void forget(String job) throws IOException {
        for (Path file : list(place)) {
            if (file.getFileName().toString().startsWith(prefix(job))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String prefix(String job) {
        return "job-" + job.replace('/', '-') + "-";
    }

    /** A file with the same name, length and time is taken for the same. */
    private static void note(Path file, String prefix, Set<String> names, StringBuilder content) throws IOException {
        String name = file.getFileName().toString();
        if (name.startsWith(".")) {
            return;
        }
        names.add(prefix + name);
        content.append('\n')
                .append(prefix)
                .append(name)
                .append(' ')
                .append(Files.size(file))
                .append(' ');
        content.append(Files.getLastModifiedTime(file).toInstant());
    }

    /** The regular files of a directory, in order; none if it is not there. */
    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private Path archive(String name, List<String> names) throws IOException, InterruptedException {
        Path archive = place.resolve(name + ".tar");
        lock.lockInterruptibly(); // the others wait for what one makes
        try {
            if (!Files.exists(archive)) {
                Files.createDirectories(place);
                clean();
                make(archive, names);
            }
            Files.setLastModifiedTime(archive, FileTime.from(Instant.now()));
            return archive;
        } finally {
            lock.unlock();
        }
    }

    private void clean() throws IOException {
        Instant old = Instant.now().minus(KEPT);
        for (Path file : list(place)) {
            try {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                    Files.deleteIfExists(file);
                }
            } catch (NoSuchFileException e) {
                // another driver was first
            }
        }
    }

    private void make(Path archive, List<String> names) throws IOException, InterruptedException {
        String own = "." + UUID.randomUUID();
        Path hidden = place.resolve(own + ".tar");
        Path list = place.resolve(own + ".names");
        Path errors = place.resolve(own + ".err");
        try {
            Files.write(list, names, StandardCharsets.UTF_8);
            ProcessBuilder b =
                    new ProcessBuilder("tar", "-cf", hidden.toString(), "-C", work.toString(), "-T", list.toString());
            b.redirectErrorStream(true).redirectOutput(errors.toFile());
            b.environment().put("LC_ALL", "C");
            Process tar = b.start();
            try {
                tar.getOutputStream().close();
                if (!tar.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException("tar has not packed the input of pods within " + limit.toSeconds() + " s");
                }
            } finally {
                tar.destroyForcibly();
            }
            String said = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).strip();
            // A tar that was killed says nothing.
            boolean touched = tar.exitValue() == 1
                    && !said.isEmpty()
                    && said.lines().allMatch(l -> TOUCHED.matcher(l).matches());
            if (tar.exitValue() != 0 && !touched) {
                throw new IOException("tar can't pack the input of pods (exit code " + tar.exitValue() + "): "
                        + said.substring(0, Math.min(said.length(), LONGEST_ERROR)));
            }
            Files.move(hidden, archive, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(hidden);
            Files.deleteIfExists(list);
            Files.deleteIfExists(errors);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

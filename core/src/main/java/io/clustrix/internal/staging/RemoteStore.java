package io.clustrix.internal.staging;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The jars on a host, each named by its content: {@code <work-dir>/store/<sha256>.jar}, mode 0400, with a fixed time of
 * modification, in a directory that only its owner can enter.
 *
 * <p>One call asks which jars are missing, a second one brings those, in one stream. They are checked in a directory of
 * their own and then renamed into the store, so a file in the store is whole. Everything can be repeated, and any
 * number of drivers can do it at once: they would put the same bytes under the same name.
 *
 * <p><b>Removal by age:</b> a file's age counts from the last change of its inode (ctime). {@link #stage} renews it, at
 * most once in twelve hours for each driver, and whoever submits a job renews it for the job's files with
 * {@code TZ=UTC0 touch -c -m -t 198001010000}, which leaves the time of modification as it is. So a file that a job of
 * less than the age uses is never removed by {@link #clean}.
 *
 * <p><b>Threads:</b> thread-safe. Who asks for what is known returns at once; else one at a time talks to the host, and
 * the others wait for it and can be interrupted.
 */
public final class RemoteStore {
    private static final RemoteScript LOOK = RemoteScript.of(RemoteStore.class, "store-look.sh");
    private static final RemoteScript ADD = RemoteScript.of(RemoteStore.class, "store-add.sh");
    private static final RemoteScript CLEAN = RemoteScript.of(RemoteStore.class, "store-clean.sh");

    private static final Duration LOOK_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration CLEAN_TIMEOUT = Duration.ofMinutes(10);
    private static final long SLOWEST_BYTES_A_SECOND = 128 << 10;
    private static final Duration REMEMBERED = Duration.ofHours(12);
    private static final int NO_DIRECTORY = 71;
    private static final int DAMAGED = 73;
    private static final int NO_TOOL = 74;

    /** What tells a full or forbidden disk from a stream that was cut off. */
    private static final Pattern SITE_TROUBLE = Pattern.compile(
            "no space|quota|read-only|permission denied|not permitted|file too large|input/output error|stale"
                    + "|cannot (open|mkdir|create)|can't (open|create)|not found",
            Pattern.CASE_INSENSITIVE);

    private final Host host;
    private final RemotePath directory;
    private final Map<String, Long> known = new ConcurrentHashMap<>();
    private final ReentrantLock talking = new ReentrantLock(true);

    /**
     * The store of a work directory.
     *
     * @param host is not closed with this
     * @param workDirectory need not exist yet
     */
    public RemoteStore(Host host, RemotePath workDirectory) {
        this.host = host;
        this.directory = workDirectory.resolve("store");
    }

    /** Where a file is once it is staged. */
    public RemotePath path(ClassPathEntry entry) {
        return directory.resolve(entry.sha256() + ".jar");
    }

    /** As the other one, for those who need not know what was sent. */
    public List<RemotePath> stage(List<ClassPathEntry> entries) throws InterruptedException {
        return stage(entries, bytes -> {});
    }

    /**
     * Sees to it that the host has these files.
     *
     * @param sent is told how many bytes were sent, if any
     * @return where they are, in the same order
     * @throws HostException if the host can't be reached or the stream was cut off; may be repeated
     * @throws ProvisioningException if the host can't keep them (full, quota, not writable), or one of them changed
     *     after it was hashed
     */
    public List<RemotePath> stage(List<ClassPathEntry> entries, LongConsumer sent) throws InterruptedException {
        if (!unknown(entries).isEmpty()) {
            talking.lockInterruptibly();
            try {
                SortedMap<String, ClassPathEntry> unknown = unknown(entries);
                if (!unknown.isEmpty()) {
                    SortedMap<String, ClassPathEntry> missing = missing(unknown);
                    if (!missing.isEmpty()) {
                        add(missing);
                        sent.accept(missing.values().stream()
                                .mapToLong(ClassPathEntry::size)
                                .sum());
                    }
                    long now = System.nanoTime();
                    unknown.keySet().forEach(sum -> known.put(sum, now));
                }
            } finally {
                talking.unlock();
            }
        }
        return entries.stream().map(this::path).toList();
    }

    /** Asks the host again at the next {@link #stage}; for files that a job has missed (requirement R45). */
    public void forget(Collection<ClassPathEntry> entries) {
        entries.forEach(e -> known.remove(e.sha256()));
    }

    /**
     * Removes files that nobody has used for so long. It is safe while jobs run if none is older than that.
     *
     * @param age whole days are counted, at least one
     * @return how many files were removed
     * @throws HostException if the host can't be reached
     * @throws ProvisioningException if the store can't be read or changed
     */
    public int clean(Duration age) throws InterruptedException {
        if (age.toDays() < 1) {
            throw new IllegalArgumentException("files of the store are kept for at least a day, not for " + age);
        }
        // "+n" means more than n whole days
        return clean("-ctime", "+" + (age.toDays() - 1));
    }

    int clean(String... selection) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(directory.value()));
        arguments.addAll(List.of(selection));
        talking.lockInterruptibly();
        try {
            known.clear();
            CommandResult result = host.run(CLEAN.command(CLEAN_TIMEOUT, arguments));
            String count = result.out().strip();
            if (result.exit() != 0 || !count.matches("[0-9]{1,9}")) {
                throw trouble("old files could not be removed from", CLEAN, result);
            }
            return Integer.parseInt(count);
        } finally {
            talking.unlock();
        }
    }

    private SortedMap<String, ClassPathEntry> unknown(List<ClassPathEntry> entries) {
        SortedMap<String, ClassPathEntry> unknown = new TreeMap<>();
        long now = System.nanoTime();
        for (ClassPathEntry entry : entries) {
            Long seen = known.get(entry.sha256());
            if (seen == null || now - seen > REMEMBERED.toNanos()) {
                unknown.put(entry.sha256(), entry);
            }
        }
        return unknown;
    }

    private SortedMap<String, ClassPathEntry> missing(SortedMap<String, ClassPathEntry> wanted)
            throws InterruptedException {
        String names = String.join(".jar\n", wanted.keySet()) + ".jar\n";
        byte[] input = names.getBytes(StandardCharsets.US_ASCII);
        CommandResult result =
                host.run(LOOK.command(LOOK_TIMEOUT, directory.value()).withInput(out -> out.write(input)));
        List<String> lines = result.out().lines().toList();
        if (result.exit() != 0
                || result.truncated()
                || lines.isEmpty()
                || !last(lines).equals("end")) {
            throw trouble("it could not be told what is in", LOOK, result);
        }
        Map<String, String> sizes = new HashMap<>();
        for (String line : lines) {
            // mode, links, owner, group, size, three of a date, name
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length == 9 && fields[0].startsWith("-")) {
                sizes.put(fields[8], fields[4]);
            }
        }
        SortedMap<String, ClassPathEntry> missing = new TreeMap<>(wanted);
        missing.values().removeIf(e -> Long.toString(e.size()).equals(sizes.get(e.sha256() + ".jar")));
        return missing;
    }

    private void add(SortedMap<String, ClassPathEntry> missing) throws InterruptedException {
        long bytes = missing.values().stream().mapToLong(ClassPathEntry::size).sum();
        Duration timeout = LOOK_TIMEOUT.plusSeconds(bytes / SLOWEST_BYTES_A_SECOND);
        AtomicReference<@Nullable ChangedFile> changed = new AtomicReference<>();
        // The name differs at each try: what is left of one that the link broke may still be going on.
        CommandResult result = host.run(ADD.command(
                        timeout, directory.value(), UUID.randomUUID().toString())
                .withInput(out -> {
                    try {
                        write(missing, out);
                    } catch (ChangedFile e) {
                        // The script sees a stream that ends too early and cleans up, which it could not do if
                        // this killed it.
                        changed.set(e);
                    }
                }));
        ChangedFile culprit = changed.get();
        if (culprit != null) {
            throw new ProvisioningException(
                    String.valueOf(culprit.getMessage()),
                    List.of("submit again once nothing rebuilds the application's jars any more"),
                    culprit);
        }
        List<String> lines = result.out().lines().toList();
        if (result.exit() != 0
                || lines.isEmpty()
                || !last(lines).equals("end")
                || !new HashSet<>(lines).containsAll(missing.keySet())) {
            throw trouble(missing.size() + " files (" + bytes + " bytes) could not be staged into", ADD, result);
        }
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }

    private static void write(SortedMap<String, ClassPathEntry> missing, OutputStream out) throws IOException {
        TarWriter tar = new TarWriter(out);
        Set<String> sums = missing.keySet();
        tar.file("SUMS", 0600, (String.join("\n", sums) + "\n").getBytes(StandardCharsets.US_ASCII));
        for (ClassPathEntry entry : missing.values()) {
            MessageDigest digest = Digests.sha256();
            try (InputStream in = new DigestInputStream(Files.newInputStream(entry.path()), digest)) {
                tar.file(entry.sha256() + ".jar", 0600, entry.size(), in);
            } catch (IOException e) {
                if (!Files.isReadable(entry.path()) || Files.size(entry.path()) != entry.size()) {
                    throw new ChangedFile(entry, e);
                }
                throw e;
            }
            if (!HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
                throw new ChangedFile(entry, null);
            }
        }
        tar.finish();
    }

    private RuntimeException trouble(String what, RemoteScript script, CommandResult result) {
        String problem = what + " " + directory.value() + " on " + host.name() + ": " + script.summary(result);
        if (result.exit() == NO_TOOL) {
            return new ProvisioningException(
                    problem, "install sha256sum on the host, or add it to the PATH of commands run there");
        }
        if (result.exit() == NO_DIRECTORY
                || (result.exit() != DAMAGED
                        && result.exit() != 0
                        && SITE_TROUBLE.matcher(result.err()).find())) {
            return new ProvisioningException(
                    problem,
                    "see whether the directory can be written to, and how much room and quota is left there",
                    "or choose another work directory for this cluster");
        }
        return new HostException(problem, "trying again usually helps; nothing unfinished has been kept");
    }

    /** A file is not any more what was hashed. */
    private static final class ChangedFile extends IOException {
        private static final long serialVersionUID = 1L;

        ChangedFile(ClassPathEntry entry, @Nullable IOException cause) {
            super("the class path's " + entry.path() + " was changed or removed after it had been hashed", cause);
        }
    }
}

package io.clustrix.internal.batch;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Work;
import io.clustrix.worker.BatchWorker;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * All that must be known of a job to run it and to take it up again in another JVM, besides its tasks themselves, which
 * lie in a file.
 *
 * @param key its identity
 * @param cluster the cluster's name
 * @param name what people call it
 * @param single whether it is one call and no map
 * @param onError what the failure of one task does to the others
 * @param resources what each worker asks for
 * @param variables environment variables of the worker
 * @param workingDirectory the worker's working directory on its node; empty: the job's directory
 * @param tasks how many tasks it has
 * @param chunk how many tasks an element has; the last one may have fewer
 * @param classFileLevel the level of the classes of its function, 0 if they make no demand
 * @param classPath the class path, in order
 */
record JobRecord(
        JobKey key,
        String cluster,
        String name,
        boolean single,
        ErrorPolicy onError,
        Resources resources,
        Map<String, String> variables,
        String workingDirectory,
        int tasks,
        int chunk,
        int classFileLevel,
        List<ClassPathEntry> classPath) {

    JobRecord {
        variables = Map.copyOf(variables);
        classPath = List.copyOf(classPath);
    }

    /** @param lease the run whose lease the job has and how long that holds; absent: it has none */
    static JobRecord of(
            String cluster,
            Job job,
            int chunk,
            int classFileLevel,
            List<ClassPathEntry> classPath,
            Optional<Lease> lease) {
        Map<String, String> variables = new TreeMap<>(job.options().variables());
        lease.ifPresent(l -> variables.put(BatchWorker.LEASE_VARIABLE, l.text()));
        return new JobRecord(
                job.key(),
                cluster,
                job.options().name(),
                job.work() instanceof Work.Call,
                job.options().onError(),
                job.options().resources(),
                variables,
                job.options().directory().map(Path::toString).orElse(""),
                job.tasks(),
                chunk,
                classFileLevel,
                classPath);
    }

    /** That a job goes on only while a driver shows itself. */
    record Lease(String run, Duration length) {
        private String text() {
            return run + " " + length.toSeconds();
        }
    }

    /** Its lease, as its worker is told of it. */
    Optional<Lease> lease() {
        String text = variables.get(BatchWorker.LEASE_VARIABLE);
        int blank = text == null ? -1 : text.indexOf(' ');
        return text == null || blank < 0
                ? Optional.empty()
                : Optional.of(new Lease(
                        text.substring(0, blank), Duration.ofSeconds(Long.parseLong(text.substring(blank + 1)))));
    }

    int elements() {
        return (tasks - 1) / chunk + 1; // a chunk may be as large as an int
    }

    /** The first task of an element. */
    int from(int element) {
        return element * chunk;
    }

    /** The task after the last one of an element. */
    int to(int element) {
        return (int) Math.min(tasks, (element + 1L) * chunk);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeUTF(key.toString());
        out.writeUTF(cluster);
        out.writeUTF(name);
        out.writeBoolean(single);
        out.writeUTF(onError.name());
        write(resources, out);
        write(variables, out);
        out.writeUTF(workingDirectory);
        out.writeInt(tasks);
        out.writeInt(chunk);
        out.writeInt(classFileLevel);
        out.writeInt(classPath.size());
        for (ClassPathEntry e : classPath) {
            out.writeUTF(e.path().toString());
            out.writeUTF(e.sha256());
            out.writeLong(e.size());
        }
    }

    static JobRecord read(DataInputStream in) throws IOException {
        JobKey key = JobKey.parse(in.readUTF());
        String cluster = in.readUTF();
        String name = in.readUTF();
        boolean single = in.readBoolean();
        ErrorPolicy onError = ErrorPolicy.valueOf(in.readUTF());
        Resources resources = readResources(in);
        Map<String, String> variables = readMap(in);
        String workingDirectory = in.readUTF();
        int tasks = in.readInt();
        int chunk = in.readInt();
        int classFileLevel = in.readInt();
        List<ClassPathEntry> classPath = new ArrayList<>();
        for (int n = in.readInt(); n > 0; n--) {
            classPath.add(new ClassPathEntry(Path.of(in.readUTF()), in.readUTF(), in.readLong()));
        }
        return new JobRecord(
                key,
                cluster,
                name,
                single,
                onError,
                resources,
                variables,
                workingDirectory,
                tasks,
                chunk,
                classFileLevel,
                classPath);
    }

    static void write(Resources r, DataOutputStream out) throws IOException {
        out.writeInt(r.cores().orElse(0));
        out.writeLong(r.memory().map(Memory::bytes).orElse(0L));
        out.writeLong(r.walltime().map(Duration::toSeconds).orElse(0L));
        out.writeInt(r.nodes().orElse(0));
        out.writeInt(r.gpus().orElse(0));
        out.writeUTF(r.queue().orElse(""));
        out.writeUTF(r.account().orElse(""));
        write(r.options(), out);
    }

    static Resources readResources(DataInputStream in) throws IOException {
        OptionalInt cores = positive(in.readInt());
        long memory = in.readLong();
        long seconds = in.readLong();
        OptionalInt nodes = positive(in.readInt());
        OptionalInt gpus = positive(in.readInt());
        String queue = in.readUTF();
        String account = in.readUTF();
        return new Resources(
                cores,
                memory == 0 ? Optional.empty() : Optional.of(new Memory(memory)),
                seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds)),
                nodes,
                gpus,
                queue.isEmpty() ? Optional.empty() : Optional.of(queue),
                account.isEmpty() ? Optional.empty() : Optional.of(account),
                readMap(in));
    }

    private static OptionalInt positive(int n) {
        return n == 0 ? OptionalInt.empty() : OptionalInt.of(n);
    }

    private static void write(Map<String, String> map, DataOutputStream out) throws IOException {
        out.writeInt(map.size());
        for (Map.Entry<String, String> e : map.entrySet()) {
            out.writeUTF(e.getKey());
            writeText(e.getValue(), out);
        }
    }

    private static Map<String, String> readMap(DataInputStream in) throws IOException {
        Map<String, String> map = new TreeMap<>();
        for (int n = in.readInt(); n > 0; n--) {
            String key = in.readUTF();
            map.put(key, readText(in));
        }
        return map;
    }

    /** Writes a text of any length: writeUTF takes 65,535 bytes. */
    static void writeText(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Reads what {@link #writeText} wrote. */
    static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(Math.max(0, length));
        if (bytes.length != length) {
            throw new EOFException("a text is cut off");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One entry of a run's journal. */
sealed interface RunEntry {

    /** The job that it is about. */
    JobKey key();

    /** A job was taken; its tasks lie in the run's directory. */
    record Taken(JobRecord job) implements RunEntry {
        @Override
        public JobKey key() {
            return job.key();
        }
    }

    /**
     * Elements are about to be submitted, under a name by which they can be found again.
     *
     * @param part the number of the submission within the job
     * @param attempt the number of the attempt
     * @param resources what is asked for, which may be more than the attempt before had
     * @param skip tasks that are not to be run
     * @param millis when, since 1970; 0 if that was not noted
     */
    record Submitting(
            JobKey key, int part, int attempt, ElementSet elements, Resources resources, String skip, long millis)
            implements RunEntry {
        /** Now. */
        Submitting(JobKey key, int part, int attempt, ElementSet elements, Resources resources, String skip) {
            this(key, part, attempt, elements, resources, skip, System.currentTimeMillis());
        }
    }

    /**
     * The scheduler has taken a part.
     *
     * @param millis when that was known here, since 1970; 0 if that was not noted
     */
    record Accepted(JobKey key, int part, NativeId id, long millis) implements RunEntry {
        /** Now. */
        Accepted(JobKey key, int part, NativeId id) {
            this(key, part, id, System.currentTimeMillis());
        }
    }

    /**
     * A worker has ended, and this is what is known of it. For reports: nothing is decided by it.
     *
     * @param element the element that it worked on
     * @param attempt the number of the attempt
     * @param restart how often the scheduler had started that attempt before
     * @param cause why it has left tasks without result, a {@link Verdict.Cause}; empty if it has not
     * @param message what the verdict said, cut
     * @param exit its exit code; -1 if it is not known
     * @param millis when that was known here, since 1970
     */
    record Worked(
            JobKey key,
            int element,
            int attempt,
            int restart,
            WorkerUse use,
            String cause,
            String message,
            int exit,
            long millis)
            implements RunEntry {}

    /** What workers of a job have run in; noted once for all that are the same but for node, process and name. */
    record RanIn(JobKey key, RuntimeReport runtime) implements RunEntry {}

    /** The script of a job's first submission, for reports: without the values of variables. */
    record Program(JobKey key, String script) implements RunEntry {}

    /**
     * What tasks of a job have thrown.
     *
     * @param what the exception's class and the beginning of its message
     * @param tasks how many tasks have thrown such
     * @param first one of them
     */
    record Threw(JobKey key, String what, int tasks, int first) implements RunEntry {}

    /**
     * The result file of an element lies in the run's directory.
     *
     * @param failed the tasks of it that failed, as {@link TaskNumbers} writes them
     */
    record Fetched(JobKey key, int element, String failed) implements RunEntry {
        /** Of an element whose tasks have all returned. */
        Fetched(JobKey key, int element) {
            this(key, element, "");
        }
    }

    /**
     * Tasks have been given a failure that was not their own; those from one number on up to another without result.
     */
    record Failed(JobKey key, int from, int to, Verdict verdict) implements RunEntry {}

    /** The scheduler has taken the order to cancel what is left of a job. */
    record Cancelled(JobKey key) implements RunEntry {}

    /**
     * A job is over; nothing of it is to be run any more.
     *
     * @param millis when, since 1970; 0 if that was not noted
     */
    record Over(JobKey key, JobState state, long millis) implements RunEntry {
        /** Now. */
        Over(JobKey key, JobState state) {
            this(key, state, System.currentTimeMillis());
        }
    }

    /** As bytes. */
    default byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out);
        } catch (IOException e) {
            throw new IllegalArgumentException("a text of the journal is longer than 65,535 bytes", e);
        }
        return bytes.toByteArray();
    }

    private void write(DataOutputStream out) throws IOException {
        if (this instanceof Taken t) {
            out.writeByte('T');
            t.job.write(out);
            return;
        }
        out.writeByte(this instanceof Threw ? 'X' : getClass().getSimpleName().charAt(0));
        out.writeUTF(key().toString());
        if (this instanceof Submitting s) {
            out.writeInt(s.part);
            out.writeInt(s.attempt);
            JobRecord.writeText(s.elements.listed(), out);
            JobRecord.write(s.resources, out);
            JobRecord.writeText(s.skip, out);
            out.writeLong(s.millis);
        } else if (this instanceof Accepted a) {
            out.writeInt(a.part);
            out.writeUTF(a.id.value());
            out.writeUTF(a.id.cluster().orElse(""));
            out.writeLong(a.millis);
        } else if (this instanceof Worked w) {
            out.writeInt(w.element);
            out.writeInt(w.attempt);
            out.writeInt(w.restart);
            w.use.write(out);
            out.writeUTF(w.cause);
            JobRecord.writeText(w.message, out);
            out.writeInt(w.exit);
            out.writeLong(w.millis);
        } else if (this instanceof RanIn r) {
            WorkerUse.write(r.runtime, out);
        } else if (this instanceof Program p) {
            JobRecord.writeText(p.script, out);
        } else if (this instanceof Threw t) {
            JobRecord.writeText(t.what, out);
            out.writeInt(t.tasks);
            out.writeInt(t.first);
        } else if (this instanceof Fetched f) {
            out.writeByte('R');
            out.writeInt(f.element);
            JobRecord.writeText(f.failed, out);
        } else if (this instanceof Failed f) {
            out.writeByte('V');
            out.writeInt(f.from);
            out.writeInt(f.to);
            out.writeUTF(f.verdict.cause().name());
            out.writeInt(f.verdict.exit());
            JobRecord.writeText(f.verdict.message(), out);
            out.writeInt(f.verdict.hints().size());
            for (String hint : f.verdict.hints()) {
                JobRecord.writeText(hint, out);
            }
        } else if (this instanceof Over o) {
            out.writeUTF(o.state.name());
            out.writeLong(o.millis);
        }
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IOException if it is something else
     */
    static RunEntry read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int type = in.readByte();
        if (type == 'T') {
            return new Taken(JobRecord.read(in));
        }
        JobKey key = JobKey.parse(in.readUTF());
        return switch (type) {
            case 'S' -> {
                int part = in.readInt();
                int attempt = in.readInt();
                ElementSet elements = ElementSet.parse(JobRecord.readText(in));
                Resources resources = JobRecord.readResources(in);
                String skip = JobRecord.readText(in);
                yield new Submitting(key, part, attempt, elements, resources, skip, millis(in));
            }
            case 'A' -> {
                int part = in.readInt();
                String id = in.readUTF();
                String cluster = in.readUTF();
                NativeId given = new NativeId(id, cluster.isEmpty() ? Optional.empty() : Optional.of(cluster));
                yield new Accepted(key, part, given, millis(in));
            }
            case 'W' -> {
                int element = in.readInt();
                int attempt = in.readInt();
                int restart = in.readInt();
                WorkerUse use = WorkerUse.read(in);
                String cause = in.readUTF();
                String message = JobRecord.readText(in);
                yield new Worked(key, element, attempt, restart, use, cause, message, in.readInt(), in.readLong());
            }
            case 'R' -> new RanIn(key, WorkerUse.readRuntime(in));
            case 'P' -> new Program(key, JobRecord.readText(in));
            case 'X' -> new Threw(key, JobRecord.readText(in), in.readInt(), in.readInt());
            case 'F' -> {
                if (in.readByte() == 'R') {
                    int element = in.readInt();
                    yield new Fetched(key, element, in.available() == 0 ? "" : JobRecord.readText(in));
                }
                int from = in.readInt();
                int to = in.readInt();
                Verdict.Cause cause = Verdict.Cause.valueOf(in.readUTF());
                int exit = in.readInt();
                String message = JobRecord.readText(in);
                List<String> hints = new ArrayList<>();
                for (int n = in.readInt(); n > 0; n--) {
                    hints.add(JobRecord.readText(in));
                }
                yield new Failed(key, from, to, new Verdict(cause, exit, message, hints));
            }
            case 'C' -> new Cancelled(key);
            case 'O' -> {
                JobState state = JobState.valueOf(in.readUTF());
                yield new Over(key, state, millis(in));
            }
            default -> throw new IOException("an entry of unknown type " + type);
        };
    }

    /** The last field of an entry; those of older builds don't have it. */
    private static long millis(DataInputStream in) throws IOException {
        return in.available() == 0 ? 0 : in.readLong();
    }
}

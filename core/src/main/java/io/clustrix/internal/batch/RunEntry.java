package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
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
     */
    record Submitting(JobKey key, int part, int attempt, ElementSet elements, Resources resources, String skip)
            implements RunEntry {}

    /** The scheduler has taken a part. */
    record Accepted(JobKey key, int part, NativeId id) implements RunEntry {}

    /** The result file of an element lies in the run's directory. */
    record Fetched(JobKey key, int element) implements RunEntry {}

    /**
     * Tasks have been given a failure that was not their own; those from one number on up to another without result.
     */
    record Failed(JobKey key, int from, int to, Verdict verdict) implements RunEntry {}

    /** The scheduler has taken the order to cancel what is left of a job. */
    record Cancelled(JobKey key) implements RunEntry {}

    /** A job is over; nothing of it is to be run any more. */
    record Over(JobKey key, JobState state) implements RunEntry {}

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
        out.writeByte(getClass().getSimpleName().charAt(0));
        out.writeUTF(key().toString());
        if (this instanceof Submitting s) {
            out.writeInt(s.part);
            out.writeInt(s.attempt);
            JobRecord.writeText(s.elements.listed(), out);
            JobRecord.write(s.resources, out);
            JobRecord.writeText(s.skip, out);
        } else if (this instanceof Accepted a) {
            out.writeInt(a.part);
            out.writeUTF(a.id.value());
            out.writeUTF(a.id.cluster().orElse(""));
        } else if (this instanceof Fetched f) {
            out.writeByte('R');
            out.writeInt(f.element);
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
                yield new Submitting(key, part, attempt, elements, resources, JobRecord.readText(in));
            }
            case 'A' -> {
                int part = in.readInt();
                String id = in.readUTF();
                String cluster = in.readUTF();
                yield new Accepted(
                        key, part, new NativeId(id, cluster.isEmpty() ? Optional.empty() : Optional.of(cluster)));
            }
            case 'F' -> {
                if (in.readByte() == 'R') {
                    yield new Fetched(key, in.readInt());
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
            case 'O' -> new Over(key, JobState.valueOf(in.readUTF()));
            default -> throw new IOException("an entry of unknown type " + type);
        };
    }
}

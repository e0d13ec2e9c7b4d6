package io.clustrix.internal.batch;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Job;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Work;
import io.clustrix.worker.Envelope;
import io.clustrix.worker.Failures;
import io.clustrix.worker.JobPack;
import io.clustrix.worker.RecordFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tasks to files and results from files, in the driver. */
final class TaskFiles {
    private final ExecutorContext context;
    private final int exceptionRetries;

    /** @param exceptionRetries how often a task is called again that has thrown */
    TaskFiles(ExecutorContext context, int exceptionRetries) {
        this.context = context;
        this.exceptionRetries = exceptionRetries;
    }

    /** The name of an entry of the class path in the host's store. */
    static String storeName(ClassPathEntry entry) {
        return entry.sha256() + ".jar";
    }

    /**
     * Writes a job's tasks.
     *
     * @return the class-file level of their function, 0 if it makes no demand
     * @throws SerializationException if one can't be written; then there is no file
     * @throws ConfigurationException if the file can't be written
     */
    int write(Job job, int chunk, List<ClassPathEntry> classPath, Path file) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            byte[] function = context.codec().encode(job.work().function());
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16)) {
                writer(job, chunk, setup(job, classPath), function, out);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            return Envelope.open(function, 0, function.length).classFileLevel();
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the tasks of job " + job.key() + " can't be written to " + file + ": " + e.getMessage(),
                    List.of("make room there, or set clustrix.state-directory to a directory that has some"),
                    e);
        } finally {
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException e) {
                unfinished.toFile().deleteOnExit();
            }
        }
    }

    private JobPack.Setup setup(Job job, List<ClassPathEntry> classPath) {
        List<JobPack.ClassPathFile> files = new ArrayList<>();
        classPath.forEach(e -> files.add(new JobPack.ClassPathFile(storeName(e), e.size())));
        return new JobPack.Setup(
                job.key(),
                job.options().name(),
                context.serializer().getClass().getName(),
                context.serializerOptions(),
                0, // each envelope has its own
                job.options().onError() == ErrorPolicy.FAIL_FAST,
                1 + exceptionRetries,
                files);
    }

    private void writer(Job job, int chunk, JobPack.Setup setup, byte[] function, OutputStream out) throws IOException {
        TaskCodec codec = context.codec();
        JobPack.Layout layout = JobPack.Layout.ofChunks(job.tasks(), chunk);
        if (job.work() instanceof Work.Each each) {
            JobPack.Writer writer = JobPack.Writer.each(out, setup, layout, function);
            for (int e = 0; e < layout.elements(); e++) {
                int first = layout.first(e);
                writer.items(codec.encode(
                        each.items().subList(first, first + layout.count(e)).toArray()));
            }
            writer.finish();
        } else if (job.work() instanceof Work.Range range) {
            JobPack.Writer.range(out, setup, layout, range.from(), function).finish();
        } else {
            JobPack.Writer.call(out, setup, function).finish();
        }
    }

    /**
     * Gives the ledger the outcomes of a result file, also of one that is cut.
     *
     * @throws IOException if it can't be read; never because of its content
     */
    RecordFile.Summary deliver(Path file, TaskLedger ledger) throws IOException {
        return RecordFile.read(file, new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] bytes, int offset, int length) {
                ledger.completeByItself(task, decoded(bytes, offset, length));
            }

            @Override
            public void error(int task, byte[] bytes, int offset, int length) {
                ledger.completeByItself(task, failure(bytes, offset, length));
            }

            @Override
            public boolean wants(int task, int length) {
                return !ledger.isDone(task);
            }

            @Override
            public void tooLarge(int task, int length, OutOfMemoryError why) {
                ledger.complete(
                        task,
                        new TaskResult.Failure(new SerializationException(
                                "the result of task " + task + " has " + length
                                        + " bytes, for which this JVM's heap has no room",
                                List.of("give the driver more heap (-Xmx), or return less"),
                                why)));
            }
        });
    }

    private TaskResult decoded(byte[] bytes, int offset, int length) {
        try {
            @Nullable Object value = context.codec().decode(bytes, offset, length);
            return new TaskResult.Success(value);
        } catch (RuntimeException | LinkageError | StackOverflowError e) { // the result's classes may do anything
            return new TaskResult.Failure(e);
        }
    }

    private TaskResult failure(byte[] bytes, int offset, int length) {
        try {
            byte[] own = Arrays.copyOfRange(bytes, offset, offset + length);
            return new TaskResult.Failure(Failures.read(own, length, context.codec()::decode));
        } catch (IOException | RuntimeException | LinkageError e) { // as above
            return new TaskResult.Failure(
                    new SerializationException("the task failed, and with what can't be read", List.of(), e));
        }
    }
}

package io.clustrix;

import io.clustrix.internal.batch.JobView;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.TaskResult;
import io.clustrix.worker.Failures;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads results that lie in a run's directory. */
final class KeptResults {
    private KeptResults() {}

    static void read(JobView job, TaskCodec codec, Map<Integer, TaskResult> into) {
        try {
            job.outcomes(
                    new JobView.Outcomes() {
                        @Override
                        public void value(int task, byte[] bytes, int offset, int length) {
                            into.put(task, decoded(codec, bytes, offset, length));
                        }

                        @Override
                        public void error(int task, byte[] bytes, int offset, int length) {
                            into.put(task, failure(codec, Arrays.copyOfRange(bytes, offset, offset + length)));
                        }
                    },
                    element -> {}); // what it has is there, and the rest is missing
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the results of job " + job.key() + " can't be read: " + e.getMessage(), List.of(), e);
        }
    }

    private static TaskResult decoded(TaskCodec codec, byte[] bytes, int offset, int length) {
        try {
            return new TaskResult.Success(codec.decode(bytes, offset, length));
        } catch (RuntimeException | LinkageError | StackOverflowError e) { // the result's classes may do anything
            return new TaskResult.Failure(e);
        }
    }

    private static TaskResult failure(TaskCodec codec, byte[] own) {
        try {
            return new TaskResult.Failure(Failures.read(own, own.length, codec::decode));
        } catch (IOException | RuntimeException | LinkageError e) { // as above
            return new TaskResult.Failure(
                    new SerializationException("the task failed, and with what can't be read", List.of(), e));
        }
    }
}

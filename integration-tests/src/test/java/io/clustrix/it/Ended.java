package io.clustrix.it;

import io.clustrix.JobFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What has become of jobs, with a bound for those that hang. */
public final class Ended {
    private Ended() {}

    /** What a job returns, within the bound. */
    public static <T> T value(JobFuture<T> job, Duration bound) throws Exception {
        try {
            return job.get(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw hangs(job, bound, e);
        }
    }

    /** What a job fails with, within the bound. */
    public static Throwable failure(JobFuture<?> job, Duration bound) throws Exception {
        try {
            // Not by get(), which since Java 23 puts a cancellation into another one.
            Throwable failure =
                    job.<@Nullable Throwable>handle((value, e) -> e).get(bound.toMillis(), TimeUnit.MILLISECONDS);
            if (failure == null) {
                throw new AssertionError("job " + job.name() + " should have failed");
            }
            return failure;
        } catch (TimeoutException e) {
            throw hangs(job, bound, e);
        }
    }

    private static AssertionError hangs(JobFuture<?> job, Duration bound, TimeoutException e) {
        return new AssertionError("job " + job.name() + " still is " + job.status() + " after " + bound, e);
    }
}

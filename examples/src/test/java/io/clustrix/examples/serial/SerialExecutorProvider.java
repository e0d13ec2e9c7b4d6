package io.clustrix.examples.serial;

import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;
import java.time.Duration;

/** The executor {@code serial}: runs all tasks one after another on one thread of this JVM. */
public final class SerialExecutorProvider implements ExecutorProvider<SerialExecutorProvider.Settings> {

    /**
     * The settings of a cluster block with {@code executor = serial}.
     *
     * @param pause how long to wait before each task
     */
    public record Settings(Duration pause) {
        public Settings {
            if (pause.toHours() >= 1) {
                throw new IllegalArgumentException("pause must be less than an hour, not " + pause);
            }
        }
    }

    @Override
    public String name() {
        return "serial";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public Executor create(Settings settings, ExecutorContext context) {
        return new SerialExecutor(settings.pause(), context.cluster());
    }
}

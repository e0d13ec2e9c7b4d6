package io.clustrix.local;

import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;

/** The executor {@code local}: threads and worker processes of this machine. */
public final class LocalExecutorProvider implements ExecutorProvider<LocalSettings> {

    /** For the {@link java.util.ServiceLoader}. */
    public LocalExecutorProvider() {}

    @Override
    public String name() {
        return "local";
    }

    @Override
    public Class<LocalSettings> settings() {
        return LocalSettings.class;
    }

    @Override
    public Executor create(LocalSettings settings, ExecutorContext context) {
        return new LocalExecutor(settings, context);
    }
}

package io.clustrix.scheduler.slurm;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;

/** The dialect {@code slurm}. */
public final class SlurmDialectProvider implements DialectProvider<SlurmSettings> {

    /** For the {@link java.util.ServiceLoader}. */
    public SlurmDialectProvider() {}

    @Override
    public String name() {
        return "slurm";
    }

    @Override
    public Class<SlurmSettings> settings() {
        return SlurmSettings.class;
    }

    @Override
    public SchedulerDialect create(SlurmSettings settings) {
        return new SlurmDialect(settings);
    }
}

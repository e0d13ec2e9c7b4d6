package io.clustrix.scheduler.slurm;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.SchedulerDialect;
import java.util.List;
import java.util.OptionalInt;

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
    public List<String> check(SlurmSettings settings, JobOptions options) {
        try {
            create(settings)
                    .directives(new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public SchedulerDialect create(SlurmSettings settings) {
        return new SlurmDialect(settings);
    }
}

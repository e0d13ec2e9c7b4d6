package io.clustrix.scheduler.sge;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.SchedulerDialect;
import java.util.List;
import java.util.OptionalInt;

/** The dialect {@code sge}. */
public final class SgeDialectProvider implements DialectProvider<SgeSettings> {

    /** For the {@link java.util.ServiceLoader}. */
    public SgeDialectProvider() {}

    @Override
    public String name() {
        return "sge";
    }

    @Override
    public Class<SgeSettings> settings() {
        return SgeSettings.class;
    }

    @Override
    public List<String> check(SgeSettings settings, JobOptions options) {
        try {
            create(settings)
                    .directives(new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public SchedulerDialect create(SgeSettings settings) {
        return new SgeDialect(settings);
    }
}

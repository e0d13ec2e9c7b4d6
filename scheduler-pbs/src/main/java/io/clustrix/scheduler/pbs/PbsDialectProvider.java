package io.clustrix.scheduler.pbs;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.SchedulerDialect;
import java.util.List;
import java.util.OptionalInt;

/** The dialect {@code pbs}. */
public final class PbsDialectProvider implements DialectProvider<PbsSettings> {

    /** For the {@link java.util.ServiceLoader}. */
    public PbsDialectProvider() {}

    @Override
    public String name() {
        return "pbs";
    }

    @Override
    public Class<PbsSettings> settings() {
        return PbsSettings.class;
    }

    @Override
    public List<String> check(PbsSettings settings, JobOptions options) {
        try {
            create(settings)
                    .directives(new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public SchedulerDialect create(PbsSettings settings) {
        return new PbsDialect(settings, Server.unknown(settings.flavor()));
    }
}

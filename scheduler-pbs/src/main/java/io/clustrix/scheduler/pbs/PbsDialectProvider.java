package io.clustrix.scheduler.pbs;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;

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
    public SchedulerDialect create(PbsSettings settings) {
        return new PbsDialect(settings, Server.unknown(settings.flavor()));
    }
}

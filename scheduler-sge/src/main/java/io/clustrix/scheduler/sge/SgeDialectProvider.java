package io.clustrix.scheduler.sge;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;

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
    public SchedulerDialect create(SgeSettings settings) {
        return new SgeDialect(settings);
    }
}

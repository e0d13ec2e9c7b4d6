package io.clustrix.scheduler.ssh;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;

/** The dialect {@code ssh}: a host without a scheduler. */
public final class SshDialectProvider implements DialectProvider<SshSettings> {

    /** For the {@link java.util.ServiceLoader}. */
    public SshDialectProvider() {}

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public Class<SshSettings> settings() {
        return SshSettings.class;
    }

    @Override
    public SchedulerDialect create(SshSettings settings) {
        return new SshDialect(settings);
    }
}

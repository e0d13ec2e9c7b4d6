package io.clustrix.examples.background;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;

/** The dialect {@code background}: each job is a process of the host, started in the background. */
public final class BackgroundDialectProvider implements DialectProvider<BackgroundDialectProvider.Settings> {

    /**
     * The settings of a cluster block with {@code executor = background}.
     *
     * @param shell what runs the jobs' scripts
     */
    public record Settings(String shell) {}

    @Override
    public String name() {
        return "background";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public SchedulerDialect create(Settings settings) {
        return new BackgroundDialect(settings.shell());
    }
}

package org.example.spool;

import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.SchedulerDialect;
import java.nio.file.Path;

/** The dialect {@code spool}: jobs are files in a directory. */
public final class SpoolDialectProvider implements DialectProvider<SpoolDialectProvider.Settings> {

    /** The keys of a cluster block: the scheduler's one command, and its spool directory, both on the cluster's host. */
    public record Settings(Path program, Path directory) {}

    @Override
    public String name() {
        return "spool";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public SchedulerDialect create(Settings settings) {
        return new SpoolDialect(settings);
    }
}

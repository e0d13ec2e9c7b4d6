package io.clustrix.testkit;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.SchedulerDialect;
import java.util.List;
import java.util.OptionalInt;

/** The dialect {@code toy}, of a scheduler that there is not. */
public final class ToyDialectProvider implements DialectProvider<ToyDialectProvider.Settings> {

    /**
     * Its settings.
     *
     * @param bin where its programs are
     */
    public record Settings(String bin) {}

    @Override
    public String name() {
        return "toy";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public List<String> check(Settings settings, JobOptions options) {
        try {
            create(settings)
                    .directives(new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public SchedulerDialect create(Settings settings) {
        return new ToyDialect(settings.bin());
    }
}

package io.clustrix.testkit.trial;

import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;

/** The executor {@code trial}: threads of this JVM, and one thing that is wrong. */
public final class TrialProvider implements ExecutorProvider<TrialProvider.Settings> {

    /**
     * Its settings.
     *
     * @param flaw what is wrong with it
     */
    public record Settings(Flaw flaw) {}

    @Override
    public String name() {
        return "trial";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public Executor create(Settings settings, ExecutorContext context) {
        return new TrialExecutor(settings.flaw());
    }
}

package io.clustrix.internal.doctor;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.setup.SettingInfo;
import io.clustrix.spi.Host;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import java.util.List;
import java.util.Optional;

/**
 * What is examined.
 *
 * @param cluster the cluster's name
 * @param executor what runs its jobs
 * @param resources what each worker asks for where a job says nothing
 * @param settings what stands in its block, secrets masked
 * @param site its host and its scheduler, if that is called by commands
 */
public record Patient(
        String cluster, String executor, Resources resources, List<SettingInfo> settings, Optional<Site> site) {
    /**
     * A scheduler that is called by commands on a host.
     *
     * @param settings what the engine is told
     * @param host the one that jobs use too; its owner closes it
     * @param environments which Java jobs run in
     * @param anyJava which they could run in, if none were asked for
     */
    public record Site(
            BatchSettings settings,
            Host host,
            SchedulerDialect dialect,
            Environments environments,
            Environments anyJava) {}

    /** Copies the list. */
    public Patient {
        settings = List.copyOf(settings);
    }
}

package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClientContext;
import io.clustrix.spi.ClientProvider;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.SchedulerClient;

/** The plugin {@code k8s}. */
public final class K8sClientProvider implements ClientProvider<K8sSettings> {
    /** For the {@link java.util.ServiceLoader}. */
    public K8sClientProvider() {}

    @Override
    public String name() {
        return "k8s";
    }

    @Override
    public Class<K8sSettings> settings() {
        return K8sSettings.class;
    }

    @Override
    public void check(K8sSettings settings, JobPlan plan) {
        new JobManifest(settings).check(plan);
    }

    @Override
    public SchedulerClient connect(K8sSettings settings, ClientContext context) {
        return new K8sClient(settings, context);
    }
}

package io.clustrix.internal.environment;

import io.clustrix.internal.config.BatchSettings.EnvironmentSettings;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.Host;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The environments of one cluster. Each is provisioned once and kept in memory: a job that finds it there costs
 * nothing. Thread-safe; who needs one that is being provisioned waits for it, and can be interrupted.
 */
public final class Environments {
    private static final int FIRST_LEVEL = 44;

    private final EnvironmentSettings settings;
    private final EnvironmentProvisioner provisioner;
    private final ReentrantLock provisioning = new ReentrantLock();
    private final List<Known> known = new CopyOnWriteArrayList<>();

    private record Known(int minJava, Environment environment) {
        boolean suits(int wanted) {
            // Of one that nobody has looked at nothing is known, and no second look would tell more.
            return environment.javaVersion() == 0
                    || (wanted >= minJava && wanted <= environment.javaVersion())
                    || wanted == minJava;
        }
    }

    /** The environments of a cluster with these settings. */
    public Environments(EnvironmentSettings settings, EnvironmentProvisioner provisioner) {
        this.settings = settings;
        this.provisioner = provisioner;
    }

    /**
     * The environment for classes of this level.
     *
     * @param classFileLevel of the job's classes; 0 if they make no demand
     * @param nodes where jobs run, if that can be asked; else the host
     * @param workDirectory on the host
     * @param nodesWorkDirectory where jobs find it
     * @param notes what the host remembers of earlier answers, by key
     * @throws ProvisioningException if there is none
     * @throws io.clustrix.spi.HostException if the host can't be reached
     */
    public Environment get(
            int classFileLevel,
            Host host,
            Host nodes,
            RemotePath workDirectory,
            RemotePath nodesWorkDirectory,
            Map<String, String> notes)
            throws InterruptedException {
        int minJava = Math.max(RuntimeSearch.OLDEST, classFileLevel - FIRST_LEVEL);
        Optional<Environment> there = find(minJava);
        if (there.isPresent()) {
            return there.get();
        }
        provisioning.lockInterruptibly();
        try {
            there = find(minJava);
            if (there.isPresent()) {
                return there.get();
            }
            Environment made = provisioner
                    .provision(
                            request(minJava),
                            new Site(host, nodes, workDirectory, nodesWorkDirectory, Map.copyOf(notes)))
                    .orElseThrow(() -> new ProvisioningException("there is no environment for jobs on " + host.name()));
            known.add(new Known(minJava, made));
            return made;
        } finally {
            provisioning.unlock();
        }
    }

    private Optional<Environment> find(int minJava) {
        return known.stream().filter(k -> k.suits(minJava)).findFirst().map(Known::environment);
    }

    private EnvironmentRequest request(int minJava) {
        return new EnvironmentRequest(
                minJava,
                settings.java(),
                settings.controlJava(),
                settings.prefix(),
                settings.checkOnHost(),
                settings.modules(),
                settings.setup(),
                settings.variables());
    }

    /** Where the attempts of this cluster are made. */
    private record Site(
            Host host, Host nodes, RemotePath workDirectory, RemotePath nodesWorkDirectory, Map<String, String> notes)
            implements ProvisioningContext {
        @Override
        public RemotePath attemptDirectory() {
            return workDirectory.resolve("env");
        }

        @Override
        public Optional<String> remembered(String key) {
            return Optional.ofNullable(notes.get(key));
        }
    }
}

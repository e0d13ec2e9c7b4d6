package io.clustrix.internal.environment;

import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.internal.threads.DaemonThreads;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.Host;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.RemotePath;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try of a provisioner: on a daemon thread of its own, in a directory of its own, for a limited time. If that is
 * over, it is given up: its thread is interrupted, and what it has left running on the host is killed, in the
 * background, so that nobody waits for that either (requirements A14 to A18).
 */
final class Attempt implements ProvisioningContext {
    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final RemoteScript ABANDON = RemoteScript.of(Attempt.class, "abandon.sh");
    private static final Duration SWEEP_TIMEOUT = Duration.ofMinutes(1);
    private static final int SWEEPS = 20;
    private static final long PAUSE_MILLIS = 500;
    private static final String VARIABLE = "CLUSTRIX_ATTEMPT=";

    private final ProvisioningContext site;
    private final String mark;
    private final RemotePath directory;
    private final AttemptHost host;
    private final AttemptHost nodes;

    /**
     * A try.
     *
     * @param site the host, the work directory and what is remembered; its attempt directory is the one in which those
     *     of attempts are made
     */
    Attempt(ProvisioningContext site) {
        this.site = site;
        String id = UUID.randomUUID().toString();
        mark = VARIABLE + id;
        directory = site.attemptDirectory().resolve("tmp." + id);
        host = new AttemptHost(site.host(), mark);
        nodes = site.nodes().equals(site.host()) ? host : new AttemptHost(site.nodes(), mark);
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public Host nodes() {
        return nodes;
    }

    @Override
    public RemotePath workDirectory() {
        return site.workDirectory();
    }

    @Override
    public RemotePath nodesWorkDirectory() {
        return site.nodesWorkDirectory();
    }

    @Override
    public RemotePath attemptDirectory() {
        return directory;
    }

    @Override
    public Optional<String> remembered(String key) {
        return site.remembered(key);
    }

    /**
     * Runs it.
     *
     * @return what the provisioner returned
     * @throws TimeoutException if it has been given up because the time was over
     * @throws InterruptedException if it has been given up because this thread was interrupted
     */
    Optional<Environment> run(EnvironmentProvisioner provisioner, EnvironmentRequest request, Duration timeout)
            throws InterruptedException, TimeoutException {
        CompletableFuture<Optional<Environment>> outcome = new CompletableFuture<>();
        Thread thread = DaemonThreads.withoutContext("clustrix-environment").newThread(() -> {
            try {
                outcome.complete(provisioner.provision(request, this));
            } catch (Throwable e) { // whatever a plugin throws, somebody waits for the outcome
                outcome.completeExceptionally(e);
            }
        });
        thread.start();
        boolean ended = false;
        try {
            Optional<Environment> made = outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            ended = made != null && made.isPresent();
            return made == null ? Optional.empty() : made; // a plugin may not keep its word
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } finally {
            if (!ended) {
                giveUp(thread);
            }
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException r) {
            return r;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return new IllegalStateException("the provisioner was interrupted by somebody else", cause);
    }

    private void giveUp(Thread thread) {
        host.giveUp();
        nodes.giveUp();
        thread.interrupt();
        DaemonThreads.withoutContext("clustrix-environment-sweep")
                .newThread(this::sweep)
                .start();
    }

    /** Until nothing of it can be running any more. */
    private void sweep() {
        try {
            for (int n = 0; n < SWEEPS; n++) {
                boolean busy = host.isBusy() || nodes.isBusy();
                String problem = sweepOnce();
                if (!busy && problem.isEmpty()) {
                    return;
                }
                if (n == SWEEPS - 1) {
                    LOG.warn(
                            "What an attempt to set up Java has left on {} can't be removed: {}", host.name(), problem);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.debug("What an attempt to set up Java has left on {} can't be removed", host.name(), e);
        }
    }

    private String sweepOnce() throws InterruptedException {
        CommandResult r = site.host().run(ABANDON.command(SWEEP_TIMEOUT, directory.value(), mark));
        return r.exit() == 0 && r.out().contains("left=0") ? "" : ABANDON.summary(r);
    }
}

package io.clustrix.internal.wiring;

import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Executor;
import io.clustrix.spi.Host;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One cluster: its defaults, and its executor, which is made when it is first asked for. Thread-safe. */
public final class ClusterHandle {
    private static final Logger log = LoggerFactory.getLogger(ClusterHandle.class);

    private final ClusterBlock block;
    private final Resources resources;
    private final Maker maker;

    /** Guards the making and the closing. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable Executor executor;
    private @Nullable Host here;
    private boolean closed;

    /** A plugin and what its executors are made with. */
    interface Maker {
        /** A new executor, which the caller closes. */
        Executor make();

        /** Problems of a combination of settings and options, one sentence each. */
        List<String> check(JobOptions options);

        /** Whether its jobs run on this machine, without a host. */
        default boolean isHere() {
            return false;
        }
    }

    ClusterHandle(ClusterBlock block, Maker maker) {
        this.block = block;
        this.resources = block.common().resources().toResources();
        this.maker = maker;
    }

    /** The name of the cluster's block. */
    public String name() {
        return block.name();
    }

    /** What each worker asks for where a call says nothing. */
    public Resources resources() {
        return resources;
    }

    /** How long a call may take where it says nothing itself. */
    public Optional<Duration> timeout() {
        return block.common().timeout();
    }

    /**
     * Problems of a combination of this cluster's settings and options, one sentence each. Makes no executor.
     *
     * @throws ConfigurationException if a setting can't be had, a secret's file for instance
     */
    public List<String> check(JobOptions options) {
        return maker.check(options);
    }

    /**
     * The executor.
     *
     * @throws IllegalStateException if it is closed
     */
    public Executor executor() {
        Executor made = executor;
        return made != null ? made : make();
    }

    private Executor make() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("cluster " + name() + " is closed");
            }
            Executor made = executor;
            if (made == null) {
                made = maker.make();
                executor = made;
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The host that has the files which this cluster's jobs see. It is closed with the cluster.
     *
     * @throws ConfigurationException if there is none
     * @throws IllegalStateException if it is closed
     */
    public Host host() {
        if (maker.isHere()) {
            return here();
        }
        if (!(executor() instanceof BatchExecutor batch)) {
            throw noFiles();
        }
        return batch.sharedHost().orElseThrow(this::noFiles);
    }

    /** A host of its own: the executor has none. */
    private Host here() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("cluster " + name() + " is closed");
            }
            Host made = here;
            if (made == null) {
                made = new LocalShell(Path.of("").toAbsolutePath());
                here = made;
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    private ConfigurationException noFiles() {
        return new ConfigurationException(
                "cluster " + name() + " (executor = " + block.executor()
                        + ") has no file system that can be looked at: its jobs see no files of a host",
                "return what a task makes as its result, or use a cluster on a host, or a Kubernetes volume");
    }

    void close() {
        Executor made;
        Host host;
        lock.lock();
        try {
            closed = true;
            made = executor; // stays: who has it is told by the executor itself that it is closed
            host = here;
        } finally {
            lock.unlock();
        }
        if (host != null) {
            host.close();
        }
        if (made != null) {
            try {
                made.close();
            } catch (RuntimeException e) {
                log.warn("closing cluster {} failed", name(), e);
            }
        }
    }
}

package io.clustrix.internal.wiring;

import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Executor;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Resources;
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
    private boolean closed;

    /** A plugin and what its executors are made with. */
    interface Maker {
        /** A new executor, which the caller closes. */
        Executor make();

        /** Problems of a combination of settings and options, one sentence each. */
        List<String> check(JobOptions options);
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

    void close() {
        Executor made;
        lock.lock();
        try {
            closed = true;
            made = executor; // stays: who has it is told by the executor itself that it is closed
        } finally {
            lock.unlock();
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

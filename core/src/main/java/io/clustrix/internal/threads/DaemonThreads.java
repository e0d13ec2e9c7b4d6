package io.clustrix.internal.threads;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes daemon threads, numbered if the name ends in a dash, that know who made them. Which context class loader and
 * which inheritable values they have does not hang on whichever thread happened to be the first to need one.
 */
public final class DaemonThreads implements ThreadFactory {
    private final String name;
    private final AtomicInteger made = new AtomicInteger();
    private final @Nullable ClassLoader context;

    private DaemonThreads(String name, @Nullable ClassLoader context) {
        this.name = name;
        this.context = context;
    }

    /** For threads that may run an application's code: they see the context class loader of the current thread. */
    public DaemonThreads(String name) {
        this(name, Thread.currentThread().getContextClassLoader());
    }

    /** For threads that never run an application's code: without a context class loader they keep none alive. */
    public static DaemonThreads withoutContext(String name) {
        return new DaemonThreads(name, null);
    }

    private static final class Made extends Thread {
        private final DaemonThreads maker;

        Made(DaemonThreads maker, Runnable work, String name) {
            super(null, work, name, 0, false);
            this.maker = maker;
        }
    }

    @Override
    public Thread newThread(Runnable work) {
        Thread thread = new Made(this, work, name.endsWith("-") ? name + made.incrementAndGet() : name);
        thread.setDaemon(true);
        thread.setContextClassLoader(context);
        return thread;
    }

    /** Whether a thread is one of these. */
    public boolean made(Thread thread) {
        return thread instanceof Made m && m.maker == this;
    }
}

package io.clustrix;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes daemon threads, numbered if the name ends in a dash, that know who made them. They see the context class loader
 * of the thread that made this, rather than that of whichever thread happened to cause the first callback.
 */
final class DaemonThreads implements ThreadFactory {
    private final String name;
    private final AtomicInteger made = new AtomicInteger();
    private final @Nullable ClassLoader context = Thread.currentThread().getContextClassLoader();

    DaemonThreads(String name) {
        this.name = name;
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

    boolean made(Thread thread) {
        return thread instanceof Made m && m.maker == this;
    }
}

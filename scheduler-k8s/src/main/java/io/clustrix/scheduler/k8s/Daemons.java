package io.clustrix.scheduler.k8s;

/** Threads that keep no program alive, and hold nobody's class loader but our own. */
final class Daemons {
    private Daemons() {}

    /** A thread that has not been started. */
    static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(Daemons.class.getClassLoader());
        return thread;
    }
}

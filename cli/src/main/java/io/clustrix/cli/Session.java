package io.clustrix.cli;

import io.clustrix.Clustrix;

/** An open Clustrix that is closed also when the JVM is told to end, or else its jobs would be left to nobody. */
final class Session implements AutoCloseable {
    private final Clustrix clustrix;
    private final Thread hook;

    private Session(Clustrix clustrix) {
        this.clustrix = clustrix;
        hook = new Thread(clustrix::close, "clustrix-interrupted");
    }

    static Session open(Clustrix.Builder builder) {
        Clustrix clustrix = builder.open();
        Session session = new Session(clustrix);
        try {
            Runtime.getRuntime().addShutdownHook(session.hook);
        } catch (IllegalStateException e) {
            clustrix.close(); // the JVM is ending already
            throw e;
        }
        return session;
    }

    Clustrix clustrix() {
        return clustrix;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs, and closing twice does nothing.
        } finally {
            clustrix.close();
        }
    }
}

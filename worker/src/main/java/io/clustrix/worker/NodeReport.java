package io.clustrix.worker;

import io.clustrix.spi.RemoteCallable;
import java.io.File;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * What a worker can tell of where it runs: a task that needs no class path but the worker's own. Lines
 * {@code word=value}.
 */
public final class NodeReport implements RemoteCallable<String> {
    private static final long serialVersionUID = 1L;

    private final String directory;

    /**
     * A task.
     *
     * @param directory a directory whose room is told; empty: none
     */
    public NodeReport(String directory) {
        this.directory = directory;
    }

    @Override
    public String call() {
        File there = new File(directory);
        StringBuilder report = new StringBuilder("node=" + name() + "\njava=" + System.getProperty("java.version")
                + "\nmillis=" + System.currentTimeMillis() + "\n");
        if (!directory.isEmpty()) {
            report.append("directory=")
                    .append(there.isDirectory())
                    .append("\nfree=")
                    .append(there.getUsableSpace())
                    .append('\n');
        }
        return report.toString();
    }

    private static String name() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a node without a name";
        }
    }
}

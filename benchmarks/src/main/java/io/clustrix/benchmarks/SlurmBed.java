package io.clustrix.benchmarks;

import io.clustrix.Clustrix;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;

/**
 * The Slurm of the test bed behind its sshd, and one cluster in it by the name of {@code bed}.
 *
 * @param properties what {@code testbed/up} has written
 * @param work a work directory on it that nobody else uses
 * @param scratch a directory here for state and caches
 */
record SlurmBed(Properties properties, String work, Path scratch) {
    static SlurmBed read(Path file, Path scratch) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("there is no " + file
                    + "; the test bed has to be up: sudo testbed/install slurm ssh && sudo testbed/up slurm ssh");
        }
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        }
        for (String service : new String[] {"slurm.up", "ssh.up"}) {
            if (!"true".equals(properties.getProperty(service))) {
                throw new IOException("of the test bed Slurm and sshd are needed, and " + file + " has no " + service
                        + "=true: sudo testbed/up slurm ssh");
            }
        }
        return new SlurmBed(
                properties,
                properties.getProperty("slurm.work-directory") + "/benchmark-"
                        + ProcessHandle.current().pid(),
                scratch);
    }

    String get(String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("the test bed's properties lack " + key);
        }
        return value;
    }

    int port() {
        return Integer.parseInt(get("ssh.port"));
    }

    int slots() {
        return Integer.parseInt(get("slurm.nodes")) * Integer.parseInt(get("slurm.cpus-per-node"));
    }

    /**
     * The configuration of a driver.
     *
     * @param port of the sshd, or of what stands before it
     * @param knownHosts a file with its key
     * @param more lines of the cluster's block
     */
    String config(int port, Path knownHosts, String more) {
        return String.format(
                Locale.ROOT,
                """
                clustrix.default-cluster = bed
                clustrix.state-directory = "%1$s/state"
                clustrix.cache-directory = "%1$s/cache"
                clustrix.clusters.bed {
                  executor = slurm
                  host = "%2$s@%3$s:%4$d"
                  transport = counting-ssh
                  counting-ssh { identity = ["%5$s"], known-hosts = ["%6$s"], config-file = none, agent = false }
                  work-directory = "%7$s"
                  environment.java = "%8$s/bin/java"
                  resources { cores = 1, memory = 256MiB, time = 10m }
                  %9$s
                }
                """,
                scratch,
                get("ssh.user"),
                get("ssh.host"),
                port,
                get("ssh.key"),
                knownHosts,
                work,
                System.getProperty("java.home"),
                more);
    }

    /** A driver that goes straight to the sshd. */
    Clustrix open(HostTap tap, String more) {
        return open(config(port(), Path.of(get("ssh.known-hosts")), more), tap);
    }

    static Clustrix open(String config, HostTap tap) {
        return Clustrix.builder()
                .config(com.typesafe.config.ConfigFactory.parseString(config))
                .credentials(tap)
                .open();
    }
}

package io.clustrix.benchmarks;

import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;

/** A member of Hazelcast that talks to nobody but 127.0.0.1. */
public final class HazelcastMember {
    static final String EXECUTOR = "benchmark";
    private static final String LOOPBACK = "127.0.0.1";

    private HazelcastMember() {}

    /** The second member. The argument is the first one's port. Ends when standard input does. */
    public static void main(String[] args) throws IOException {
        HazelcastInstance member = start(freePort(), Integer.parseInt(args[0]));
        System.in.transferTo(OutputStream.nullOutputStream());
        member.getLifecycleService().terminate();
        System.exit(0);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * Starts a member in this JVM.
     *
     * @param port its own
     * @param first that of the first member
     */
    static HazelcastInstance start(int port, int first) {
        Config config = new Config();
        config.setClusterName("benchmark-" + first);
        config.setProperty("hazelcast.logging.type", "none");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        NetworkConfig network = config.getNetworkConfig();
        network.setPort(port).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(LOOPBACK);
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).addMember(LOOPBACK + ":" + first);
        return Hazelcast.newHazelcastInstance(config);
    }
}

package io.clustrix.host.ssh;

import io.clustrix.host.ssh.SshSettings.HostKeyChecking;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One host on the way and how to log in there; the last is the host itself.
 *
 * @param alias what the user calls it
 * @param host name or address to connect to
 * @param identities private keys that exist, in the order they are tried
 * @param identitiesOnly whether an agent's other keys are not to be offered
 * @param agent the socket of the agent
 * @param knownHosts files with keys of hosts; the first is where a new one is written
 * @param keyName by which name the host's key is looked up, if not by its own
 */
record Hop(
        String alias,
        String host,
        int port,
        String user,
        List<Path> identities,
        boolean identitiesOnly,
        Optional<Path> agent,
        List<Path> knownHosts,
        Optional<String> keyName,
        HostKeyChecking checking,
        Duration connectTimeout,
        Duration keepAlive) {

    /** {@code anna@login.example.org}, with the port if it is not 22. */
    String account() {
        return user + "@" + place();
    }

    /** {@code login.example.org}, with the port if it is not 22. */
    String place() {
        return port == 22 ? host : host + ":" + port;
    }
}

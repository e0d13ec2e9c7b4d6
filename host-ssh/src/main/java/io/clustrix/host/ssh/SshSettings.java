package io.clustrix.host.ssh;

import io.clustrix.spi.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The settings of {@code ssh { }} blocks; the keys are documented in this module's {@code reference.conf}. */
record SshSettings(
        Optional<String> user,
        OptionalInt port,
        List<Path> identity,
        Optional<Secret> password,
        Optional<String> configFile,
        List<Path> knownHosts,
        Optional<HostKeyChecking> hostKeyChecking,
        Optional<String> jump,
        boolean agent,
        Duration answerTimeout,
        Optional<Duration> connectTimeout,
        Optional<Duration> keepAlive,
        int maxChannels,
        Duration reconnectPause,
        Duration longestReconnectPause,
        int maxLogInFailures) {

    /** What becomes of a host whose key is in no file. */
    enum HostKeyChecking {
        /** It is refused. */
        STRICT,
        /** It is believed and written down. */
        ACCEPT_NEW
    }

    SshSettings {
        if (user.isPresent() && !user.get().matches("[^\\s\\p{Cntrl}]+")) {
            throw new IllegalArgumentException("user must be a name without blanks");
        }
        if (port.isPresent() && (port.getAsInt() < 1 || port.getAsInt() > 65_535)) {
            throw new IllegalArgumentException("port must be 1 to 65535, not " + port.getAsInt());
        }
        connectTimeout.ifPresent(t -> within("connect-timeout", t, Duration.ofSeconds(1), Duration.ofMinutes(10)));
        keepAlive.ifPresent(t -> within("keep-alive", t, Duration.ofSeconds(1), Duration.ofHours(1)));
        within("answer-timeout", answerTimeout, Duration.ofSeconds(1), Duration.ofHours(1));
        within("reconnect-pause", reconnectPause, Duration.ofMillis(100), Duration.ofHours(1));
        within("longest-reconnect-pause", longestReconnectPause, reconnectPause, Duration.ofHours(1));
        if (maxChannels < 1 || maxChannels > 1000) {
            throw new IllegalArgumentException("max-channels must be 1 to 1000, not " + maxChannels);
        }
        if (maxLogInFailures < 1 || maxLogInFailures > 100) {
            throw new IllegalArgumentException("max-log-in-failures must be 1 to 100, not " + maxLogInFailures);
        }
        identity = List.copyOf(identity);
        knownHosts = List.copyOf(knownHosts);
    }

    private static void within(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    key + " must be " + Words.of(least) + " to " + Words.of(most) + ", not " + Words.of(value));
        }
    }
}

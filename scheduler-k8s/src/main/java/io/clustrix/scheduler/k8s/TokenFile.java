package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A token in a file that somebody renews, as the kubelet does for pods. */
final class TokenFile implements Credential {
    /** As kubectl does. The kubelet renews a token when a fifth of its time is left, which is minutes. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Path file;
    private @Nullable String token;
    private long readAt;

    TokenFile(Path file) {
        this.file = file;
    }

    @Override
    public synchronized String header(boolean afresh) {
        String last = token;
        if (last != null && !afresh && System.nanoTime() - readAt < FRESH.toNanos()) {
            return "Bearer " + last;
        }
        try {
            String read = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (!read.isEmpty()) {
                last = read;
            }
        } catch (IOException e) {
            if (last == null) {
                throw new ConfigurationException(
                        "the token for Kubernetes can't be read from " + file + ": " + Kubeconfig.why(e),
                        List.of("see that this user may read the file"),
                        e);
            }
            // It may be in the middle of its renewal; the old one is good for some time.
        }
        if (last == null) {
            throw new ConfigurationException("the file with the token for Kubernetes is empty: " + file);
        }
        token = last;
        readAt = System.nanoTime();
        return "Bearer " + last;
    }
}

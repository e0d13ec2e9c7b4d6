package io.clustrix.it.remote;

import io.clustrix.spi.Command;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisionerProvider;
import io.clustrix.spi.ProvisioningException;
import java.nio.file.Path;
import java.util.Map;

/** Sleeps for ever, ignores interruption, floods its output, and leaves processes in sessions of their own behind. */
public final class HopelessProvider implements ProvisionerProvider {
    @Override
    public String name() {
        return "hopeless";
    }

    @Override
    public EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory) {
        String mark = properties.getOrDefault("mark", "none");
        return (request, context) -> {
            while (true) {
                try {
                    context.host()
                            .run(Command.of(
                                    "sh",
                                    "-c",
                                    "trap '' TERM HUP INT PIPE; mkdir -p \"$1\"; echo x > \"$1/file\"; MARK=$2; export"
                                            + " MARK; setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done'"
                                            + " >/dev/null 2>&1 & sleep 1000 >/dev/null 2>&1 & while :; do echo flood"
                                            + " flood flood flood flood flood flood flood flood flood flood; done",
                                    "sh",
                                    context.attemptDirectory().value(),
                                    mark));
                } catch (InterruptedException e) {
                    // that is the point
                } catch (HostException e) {
                    throw new ProvisioningException("late");
                }
            }
        };
    }
}

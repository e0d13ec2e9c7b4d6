package io.clustrix.benchmarks;

import io.clustrix.spi.Command;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisionerProvider;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A provisioner that never ends by itself: it ignores interruption, and its command prints for ever. */
public final class HangingProvider implements ProvisionerProvider {
    /** For the service loader. */
    public HangingProvider() {}

    @Override
    public String name() {
        return "hanging";
    }

    @Override
    public EnvironmentProvisioner create(Map<String, String> properties, Path cacheDirectory) {
        return (request, context) -> {
            while (true) {
                try {
                    var unused = context.host()
                            .run(Command.of(
                                    "sh",
                                    "-c",
                                    "trap '' TERM HUP INT PIPE; mkdir -p \"$1\"; while :; do echo flood; done",
                                    "sh",
                                    context.attemptDirectory().value()));
                } catch (InterruptedException e) {
                    // that is what is measured
                } catch (HostException e) {
                    return Optional.empty();
                }
            }
        };
    }
}

package io.clustrix.it.contract;

import io.clustrix.internal.environment.TwoRuntimeProvider;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.Host;
import io.clustrix.testkit.ProvisionerContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The provisioner two-runtime keeps the contract of provisioners")
class TwoRuntimeProvisionerContractTest extends ProvisionerContract {
    @TempDir
    private static Path cache;

    @Override
    protected EnvironmentProvisioner provisioner() {
        return new TwoRuntimeProvider().create(Map.of(), cache);
    }

    @Override
    protected Host open() {
        return new LocalShell();
    }
}

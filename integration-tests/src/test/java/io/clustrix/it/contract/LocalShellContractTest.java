package io.clustrix.it.contract;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Host;
import io.clustrix.testkit.HostContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("This machine keeps the contract of hosts")
class LocalShellContractTest extends HostContract {

    @Override
    protected Host open() {
        return new LocalShell();
    }
}

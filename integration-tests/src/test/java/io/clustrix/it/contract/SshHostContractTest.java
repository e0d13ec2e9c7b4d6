package io.clustrix.it.contract;

import io.clustrix.host.ssh.SshHostProvider;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.Host;
import io.clustrix.testkit.HostContract;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("A host over SSH keeps the contract of hosts")
@NeedsTestBed("ssh")
class SshHostContractTest extends HostContract {

    @Override
    protected Host open() {
        TestBed.Login login = TestBed.get().login();
        return connected(
                new SshHostProvider(),
                login.host(),
                Map.of(
                        "port", login.port(),
                        "user", login.user(),
                        "identity", List.of(login.key().toString()),
                        "known-hosts", List.of(login.knownHosts().toString()),
                        "config-file", "none"));
    }
}

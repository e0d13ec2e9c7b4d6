package io.clustrix.it.contract;

import io.clustrix.host.ssh.SshHostProvider;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.Host;
import io.clustrix.testkit.FilesContract;
import io.clustrix.testkit.HostContract;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Files over SSH keep the contract of files")
@NeedsTestBed("ssh")
class FilesOverSshContractTest extends FilesContract {

    /** Who logs in: each has another login shell. */
    String user(TestBed bed) {
        return bed.login().user();
    }

    @Override
    protected Host open() {
        TestBed.Login login = TestBed.get().login();
        return HostContract.connected(
                new SshHostProvider(),
                login.host(),
                Map.of(
                        "port", login.port(),
                        "user", user(TestBed.get()),
                        "identity", List.of(login.key().toString()),
                        "known-hosts", List.of(login.knownHosts().toString()),
                        "config-file", "none"));
    }
}

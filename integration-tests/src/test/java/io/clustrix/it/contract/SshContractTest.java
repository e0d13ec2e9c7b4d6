package io.clustrix.it.contract;

import io.clustrix.it.bed.NeedsTestBed;
import org.junit.jupiter.api.DisplayName;

@NeedsTestBed("ssh")
@DisplayName("the contract of executors: a host without a scheduler")
class SshContractTest extends BedContract {
    @Override
    String block() {
        return "executor = ssh, max-running = 4";
    }

    @Override
    protected String title() {
        return "ssh";
    }
}

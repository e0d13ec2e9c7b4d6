package io.clustrix.it.contract;

import io.clustrix.testkit.ExecutorContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("the contract of executors: processes of this machine")
class ProcessesContractTest extends ExecutorContract {
    @Override
    protected String cluster() {
        return "executor = local, mode = processes, class-data-sharing = false";
    }

    @Override
    protected String title() {
        return "local, processes";
    }
}

package io.clustrix.it.contract;

import io.clustrix.testkit.ExecutorContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("the contract of executors: threads of this JVM")
class ThreadsContractTest extends ExecutorContract {
    @Override
    protected String cluster() {
        return "executor = local, mode = threads";
    }

    @Override
    protected String title() {
        return "local, threads";
    }
}

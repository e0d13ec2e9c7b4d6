package io.clustrix.it.contract;

import io.clustrix.testkit.fake.FakeGridEngine;
import org.junit.jupiter.api.DisplayName;

@DisplayName("the contract of executors: Grid Engine, on its fake")
class FakeSgeContractTest extends FakeContract<FakeGridEngine> {
    FakeSgeContractTest() {
        super(new FakeGridEngine(), "executor = sge, parallel-environment = smp", "h");
    }

    @Override
    protected String title() {
        return "sge (fake)";
    }
}

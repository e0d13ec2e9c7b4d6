package io.clustrix.examples.serial;

import io.clustrix.testkit.ExecutorContract;

class SerialContractTest extends ExecutorContract {
    @Override
    protected String cluster() {
        return "executor = serial";
    }
}

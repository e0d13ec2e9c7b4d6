package io.clustrix.it.contract;

import io.clustrix.testkit.fake.FakePbs;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;

@DisplayName("the contract of executors: PBS, on the fake of OpenPBS")
class FakePbsContractTest extends FakeContract<FakePbs> {
    FakePbsContractTest() {
        super(new FakePbs(), "executor = pbs", "h");
    }

    @Override
    protected String title() {
        return "pbs (fake)";
    }

    /** Of PBS there is no real one in this build. */
    @Override
    protected Optional<Path> resultsPage() {
        return ResultsPage.path();
    }
}

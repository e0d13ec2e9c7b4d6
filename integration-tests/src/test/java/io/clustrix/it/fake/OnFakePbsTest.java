package io.clustrix.it.fake;

import io.clustrix.testkit.fake.FakePbs;
import org.junit.jupiter.api.DisplayName;

@DisplayName("executor = pbs, on the fake of OpenPBS")
class OnFakePbsTest extends OnFake<FakePbs> {
    OnFakePbsTest() {
        super("pbs");
    }

    @Override
    FakePbs scheduler() {
        return new FakePbs();
    }

    @Override
    String settings() {
        return "";
    }

    @Override
    String refusal() {
        return "qsub: Unknown queue";
    }

    @Override
    String submit() {
        return "qsub";
    }

    @Override
    String lost() {
        return "Connection refused\nqsub: cannot connect to server fakepbs (errno=15010)";
    }
}

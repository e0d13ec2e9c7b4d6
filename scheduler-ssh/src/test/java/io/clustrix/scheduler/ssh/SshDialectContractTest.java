package io.clustrix.scheduler.ssh;

import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.NativeId;
import io.clustrix.testkit.DialectContract;
import io.clustrix.testkit.Recorded;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;

@DisplayName("A host without a scheduler keeps the contract of dialects")
class SshDialectContractTest extends DialectContract {

    @Override
    protected DialectProvider<?> provider() {
        return new SshDialectProvider();
    }

    @Override
    protected List<Recorded> recorded() {
        return Recorded.load(getClass(), "/golden.txt");
    }

    @Override
    protected int mutations() {
        return 100_000;
    }

    @Override
    protected Optional<Boolean> says(CommandResult answer, NativeId hasSucceeded) {
        return Optional.of(answer.out().lines().anyMatch(l -> l.contains("|" + hasSucceeded.value() + "|SUCCEEDED|")));
    }
}

package io.clustrix.it.contract;

import io.clustrix.Submitter;
import io.clustrix.it.bed.NeedsTestBed;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;

@NeedsTestBed({"sge", "ssh"})
@DisplayName("the contract of executors: Grid Engine")
class SgeContractTest extends BedContract {
    @Override
    String block() {
        return """
                executor = sge
                bin-directory = "%s"
                parallel-environment = "%s"
                resources.queue = "%s"
                """.formatted(bed.value("sge.bin"), bed.value("sge.parallel-environment"), bed.value("sge.queue"));
    }

    @Override
    protected String title() {
        return "sge";
    }

    @Override
    protected Optional<UnaryOperator<Submitter>> held() {
        return Optional.of(s -> s.withResources(r -> r.option("h", "")));
    }
}

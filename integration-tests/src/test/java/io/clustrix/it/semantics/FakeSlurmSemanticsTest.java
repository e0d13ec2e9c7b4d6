package io.clustrix.it.semantics;

import io.clustrix.testkit.fake.FakeSlurm;
import java.nio.file.Files;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The fake of Slurm does what Slurm does")
class FakeSlurmSemanticsTest extends SlurmSemantics {
    @Override
    Place open() throws Exception {
        return Place.of(new FakeSlurm(), Files.createTempDirectory("semantics"));
    }
}

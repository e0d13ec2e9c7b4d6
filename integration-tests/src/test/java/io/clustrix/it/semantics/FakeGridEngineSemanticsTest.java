package io.clustrix.it.semantics;

import io.clustrix.testkit.fake.FakeGridEngine;
import java.nio.file.Files;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The fake of Grid Engine does what Grid Engine does")
class FakeGridEngineSemanticsTest extends SgeSemantics {
    @Override
    Place open() throws Exception {
        return Place.of(new FakeGridEngine(), Files.createTempDirectory("semantics"));
    }
}

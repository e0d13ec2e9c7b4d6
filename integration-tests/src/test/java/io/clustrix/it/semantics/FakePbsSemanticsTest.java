package io.clustrix.it.semantics;

import io.clustrix.testkit.fake.FakePbs;
import java.nio.file.Files;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The fake of OpenPBS does what OpenPBS does")
class FakePbsSemanticsTest extends PbsSemantics {
    @Override
    String server() {
        return "fakepbs";
    }

    @Override
    Place open() throws Exception {
        return Place.of(new FakePbs(), Files.createTempDirectory("semantics"));
    }
}

package io.clustrix.it.semantics;

import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Grid Engine does what its fake does")
@NeedsTestBed({"sge", "ssh"})
class SgeSemanticsTest extends SgeSemantics {
    @Override
    Place open() throws Exception {
        return Place.ofBed(TestBed.get().value("sge.work-directory"));
    }
}

package io.clustrix.it.semantics;

import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Slurm does what its fake does")
@NeedsTestBed({"slurm", "ssh"})
class SlurmSemanticsTest extends SlurmSemantics {
    @Override
    Place open() throws Exception {
        return Place.ofBed(TestBed.get().value("slurm.work-directory"));
    }
}

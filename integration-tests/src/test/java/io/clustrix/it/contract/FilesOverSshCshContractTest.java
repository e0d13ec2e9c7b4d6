package io.clustrix.it.contract;

import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Files over SSH keep the contract of files with csh as the login shell")
@NeedsTestBed("ssh")
class FilesOverSshCshContractTest extends FilesOverSshContractTest {

    @Override
    String user(TestBed bed) {
        return bed.userWith("csh");
    }

    @Override
    protected int many() {
        return 2000;
    }
}

package io.clustrix.it.contract;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Host;
import io.clustrix.testkit.FilesContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Files of this machine keep the contract of files")
class FilesHereContractTest extends FilesContract {

    @Override
    protected Host open() {
        return new LocalShell();
    }
}

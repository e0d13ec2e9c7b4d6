package io.clustrix.it.contract;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.testkit.FilesContract;
import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** With busybox in place of GNU's tools, as in small images. */
@DisplayName("Files of a host with busybox keep the contract of files")
@EnabledIf("hasBusybox")
class FilesBusyboxContractTest extends FilesContract {
    private static final String INSTALL = "cp \"$(command -v busybox)\" \"$1/busybox\" && cd \"$1\""
            + " && for tool in $(./busybox --list); do ln -s busybox \"$tool\" || [ \"$tool\" = busybox ]; done";

    @TempDir
    private static Path tools = Path.of("");

    static boolean hasBusybox() throws InterruptedException {
        try (Host here = new LocalShell()) {
            return here.run(Command.of("busybox", "true")).exit() == 0;
        }
    }

    @BeforeAll
    static void install() throws InterruptedException {
        try (Host here = new LocalShell()) {
            CommandResult installed = here.run(Command.of("sh", "-c", INSTALL, "sh", tools.toString()));
            if (installed.exit() != 0) {
                throw new AssertionError(installed.summary());
            }
        }
    }

    @Override
    protected Host open() {
        Host here = new LocalShell();
        return new Host() {
            @Override
            public String name() {
                return "busybox";
            }

            private Command small(Command command) {
                return command.after(tools.resolve("env").toString(), "PATH=" + tools);
            }

            @Override
            public CommandResult run(Command command) throws InterruptedException {
                return here.run(small(command));
            }

            @Override
            public CommandResult run(Command command, OutputStream out) throws InterruptedException {
                return here.run(small(command), out);
            }

            @Override
            public void close() {
                here.close();
            }
        };
    }
}

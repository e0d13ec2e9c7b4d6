package io.clustrix.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The tests that must not fail are those of our own hosts, in the integration tests. */
@DisplayName("The contract of hosts")
class HostContractTest {

    /** This machine, with something between. */
    private static class Wrapped implements Host {
        final Host sound = new LocalShell();

        @Override
        public String name() {
            return sound.name();
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            return sound.run(command);
        }

        @Override
        public CommandResult run(Command command, OutputStream out) throws InterruptedException {
            return sound.run(command, out);
        }

        @Override
        public void close() {
            sound.close();
        }
    }

    private static CommandResult changed(CommandResult r, int exit, String out, boolean truncated) {
        return new CommandResult(r.command(), exit, out, r.err(), truncated, r.took());
    }

    private static DynamicTest fails(String test, String why, Supplier<Host> hosts) {
        return DynamicTest.dynamicTest(test + ": " + why, () -> {
            HostContract contract = new HostContract() {
                @Override
                protected Host open() {
                    return hosts.get();
                }

                @Override
                protected Duration patience() {
                    return Duration.ofSeconds(12);
                }
            };
            assertThat(FailuresOf.of(HostContract.class, contract, test))
                    .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("The rule: "));
        });
    }

    @TestFactory
    @DisplayName("is broken by a host")
    Stream<DynamicTest> broken() {
        return Stream.of(
                fails("words", "a shell line", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) throws InterruptedException {
                        return super.run(Command.of("sh", "-c", String.join(" ", command.words())));
                    }
                }),
                fails("input", "no input", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
                        return super.run(command.withInput(o -> {}), out);
                    }
                }),
                fails("outputs", "a greeting", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) throws InterruptedException {
                        CommandResult r = super.run(command);
                        return changed(r, r.exit(), "Welcome\n" + r.out(), r.truncated());
                    }
                }),
                fails("largeOutputs", "not told that it is cut", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) throws InterruptedException {
                        CommandResult r = super.run(command);
                        return changed(r, r.exit(), r.out(), false);
                    }
                }),
                fails("streamed", "a part only", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
                        CommandResult r = super.run(command);
                        return changed(r, r.exit(), "", false);
                    }
                }),
                fails("streamThatThrows", "a result", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command, OutputStream out) {
                        return CommandResult.of(command, 0, "", "");
                    }
                }),
                fails("exitCodes", "seven bits", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) throws InterruptedException {
                        CommandResult r = super.run(command);
                        return changed(r, r.exit() & 0x7f, r.out(), r.truncated());
                    }
                }),
                fails("sideBySide", "one after another", () -> new Wrapped() {
                    @Override
                    public synchronized CommandResult run(Command command) throws InterruptedException {
                        return super.run(command.withTimeout(Duration.ofSeconds(5)));
                    }
                }),
                fails("timeout", "no timeout", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) throws InterruptedException {
                        return super.run(command.withTimeout(Duration.ofMinutes(1)));
                    }
                }),
                fails("interrupt", "another exception", () -> new Wrapped() {
                    @Override
                    public CommandResult run(Command command) {
                        try {
                            return super.run(command);
                        } catch (InterruptedException e) {
                            throw new HostException("interrupted", java.util.List.of(), e);
                        }
                    }
                }),
                fails("closes", "what runs goes on", () -> new Wrapped() {
                    @Override
                    public void close() {}
                }));
    }
}

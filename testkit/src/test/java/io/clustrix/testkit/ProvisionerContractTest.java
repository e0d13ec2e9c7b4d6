package io.clustrix.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.environment.BasicProvider;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The tests that must not fail are those of our own provisioners, in the integration tests. */
@DisplayName("The contract of provisioners")
class ProvisionerContractTest {
    private static final EnvironmentProvisioner SOUND = new BasicProvider().create(Map.of(), Path.of("target"));

    private static DynamicTest fails(String test, String why, EnvironmentProvisioner provisioner) {
        return DynamicTest.dynamicTest(test + ": " + why, () -> {
            ProvisionerContract contract = new ProvisionerContract() {
                @Override
                protected EnvironmentProvisioner provisioner() {
                    return provisioner;
                }

                @Override
                protected Host open() {
                    return new LocalShell();
                }
            };
            assertThat(FailuresOf.of(ProvisionerContract.class, contract, test))
                    .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("The rule: "));
        });
    }

    private static Optional<Environment> of(List<String> java, int version) {
        return Optional.of(new Environment(java, false, List.of(), version, List.of(), List.of(), Map.of(), "made up"));
    }

    @TestFactory
    @DisplayName("is broken by a provisioner")
    Stream<DynamicTest> broken() {
        AtomicInteger calls = new AtomicInteger();
        return Stream.of(
                fails("usual", "a Java that is not there", (r, c) -> of(List.of("/no/java"), 17)),
                fails(
                        "usual",
                        "a version that is wrong",
                        (r, c) -> SOUND.provision(r, c).flatMap(e -> of(e.java(), e.javaVersion() + 1))),
                fails("usual", "a directory that stays", (r, c) -> {
                    Optional<Environment> made = SOUND.provision(r, c);
                    var unused = c.host()
                            .run(Command.of("mkdir", "-p", c.attemptDirectory().value()));
                    return made;
                }),
                fails("versions", "any version", (r, c) -> SOUND.provision(any(r), c)),
                fails("workDirectories", "no blanks", (r, c) -> {
                    if (c.workDirectory().value().contains(" ")) {
                        throw new IllegalStateException("a blank");
                    }
                    return SOUND.provision(r, c);
                }),
                fails(
                        "wishes",
                        "no set-up lines",
                        (r, c) -> SOUND.provision(r, c).flatMap(e -> of(e.java(), e.javaVersion()))),
                fails("again", "more work each time", (r, c) -> {
                    for (int n = calls.addAndGet(10); n > 0; n--) {
                        var unused = c.host().run(Command.of("true"));
                    }
                    return SOUND.provision(r, c);
                }),
                fails("givenUp", "an interrupt that is swallowed", (r, c) -> {
                    try {
                        return SOUND.provision(r, c);
                    } catch (InterruptedException e) {
                        return Optional.empty();
                    }
                }),
                fails("givenUp", "a host's exception that is another one", (r, c) -> {
                    try {
                        return SOUND.provision(r, c);
                    } catch (HostException e) {
                        throw new IllegalStateException(e);
                    }
                }));
    }

    private static EnvironmentRequest any(EnvironmentRequest r) {
        return new EnvironmentRequest(
                17, Optional.empty(), Optional.empty(), r.prefix(), true, r.modules(), r.setup(), r.variables());
    }
}

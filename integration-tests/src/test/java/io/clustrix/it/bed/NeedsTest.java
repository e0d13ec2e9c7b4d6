package io.clustrix.it.bed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;

/** When a test on the test bed is skipped, and what it says then. */
class NeedsTest {
    @TempDir
    private Path directory;

    private TestBed bed(String... lines) throws IOException {
        Path file = directory.resolve("testbed.properties");
        Files.write(file, List.of(lines));
        return TestBed.read(file);
    }

    @Test
    @DisplayName("without a test bed the line says how to start it")
    void nothingThere() {
        assertThat(Needs.unmet(List.of("slurm", "ssh"), Optional.empty(), true))
                .contains("needs slurm, ssh: sudo testbed/install slurm ssh && sudo testbed/up slurm ssh");
    }

    @Test
    @DisplayName("Kubernetes is started by its own word")
    void kubernetes() throws IOException {
        assertThat(Needs.unmet(List.of("k8s", "faults"), Optional.of(bed("k8s.up=false")), true))
                .contains("needs k8s: sudo testbed/install k8s && sudo testbed/up k8s");
        assertThat(Needs.unmet(List.of("k8s"), Optional.of(bed("k8s.up=true")), false))
                .isEmpty();
    }

    @Test
    @DisplayName("what is up is not missed, but named to the command, since Slurm without accounting is another Slurm")
    void partly() throws IOException {
        Optional<TestBed> ssh = Optional.of(bed("ssh.up=true", "slurm.up=false"));
        assertThat(Needs.unmet(List.of("ssh"), ssh, false)).isEmpty();
        assertThat(Needs.unmet(List.of("slurm", "ssh"), ssh, false))
                .contains("needs slurm: sudo testbed/install slurm ssh && sudo testbed/up slurm ssh");
        assertThat(Needs.unmet(List.of("accounting"), ssh, false))
                .contains(
                        "needs accounting: sudo testbed/install slurm accounting && sudo testbed/up slurm accounting");
        Optional<TestBed> accounting = Optional.of(bed("slurm.up=true", "slurm.accounting=true"));
        assertThat(Needs.unmet(List.of("slurm", "ssh"), accounting, false))
                .contains(
                        "needs ssh: sudo testbed/install slurm accounting ssh && sudo testbed/up slurm accounting ssh");
    }

    @Test
    @DisplayName("tests that break things need root")
    void faults() throws IOException {
        Optional<TestBed> slurm = Optional.of(bed("slurm.up=true"));
        assertThat(Needs.unmet(List.of("slurm", "faults"), slurm, true)).isEmpty();
        assertThat(Needs.unmet(List.of("slurm", "faults"), slurm, false))
                .contains("needs root, to break things in the test bed");
        assertThat(Needs.unmet(List.of("slurm", "faults"), Optional.empty(), false))
                .contains("needs slurm: sudo testbed/install slurm && sudo testbed/up slurm");
    }

    @Test
    @DisplayName("a need that is misspelt is an error, not a test that never runs")
    void misspelt() {
        assertThatThrownBy(() -> Needs.unmet(List.of("slrum"), Optional.empty(), true))
                .hasMessageContaining("no such need: slrum")
                .hasMessageContaining("slurm");
    }

    @Test
    @DisplayName(
            "where the test bed is required, what it should have and does not have is an error; else the test is skipped")
    void required() {
        List<String> slurm = List.of("slurm");
        for (String required : new String[] {"slurm ssh", " slurm "}) {
            assertThatThrownBy(() -> TestBedCondition.decide(slurm, Optional.empty(), true, required))
                    .isInstanceOf(ExtensionConfigurationException.class)
                    .hasMessageContaining("but the test needs slurm: sudo testbed/install slurm");
        }
        for (String required : new String[] {null, "", "ssh"}) {
            var decision = TestBedCondition.decide(slurm, Optional.empty(), true, required);
            assertThat(decision.isDisabled()).isTrue();
            assertThat(decision.getReason())
                    .hasValueSatisfying(reason -> assertThat(reason)
                            .isEqualTo("needs slurm: sudo testbed/install slurm && sudo testbed/up slurm"));
        }
    }

    @Test
    @DisplayName("a file from before the machine was started anew is not believed")
    void anotherBoot() throws IOException {
        Path id = directory.resolve("boot_id");
        Files.writeString(id, "one\n");
        assertThat(bed("testbed.boot-id=one").isOfThisBoot(id)).isTrue();
        assertThat(bed("testbed.boot-id=two").isOfThisBoot(id)).isFalse();
        assertThat(bed("ssh.up=true").isOfThisBoot(id)).isFalse();
    }

    @Test
    @DisplayName("the checkout is the directory that Maven says, or the one above that has a testbed and a pom.xml")
    void root() throws IOException {
        Path module = Files.createDirectories(directory.resolve("checkout/module"));
        Files.createFile(module.resolve("pom.xml"));
        assertThat(TestBed.root(module, Optional.empty())).isEmpty();
        Files.createDirectory(directory.resolve("checkout/testbed"));
        Files.createFile(directory.resolve("checkout/pom.xml"));
        assertThat(TestBed.root(module, Optional.empty())).contains(directory.resolve("checkout"));
        assertThat(TestBed.root(module, Optional.of("/elsewhere"))).contains(Path.of("/elsewhere"));
    }
}

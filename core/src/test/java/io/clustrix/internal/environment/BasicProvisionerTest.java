package io.clustrix.internal.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.internal.host.CountingHost;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.testlog.RecordedLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BasicProvisionerTest {
    private final BasicProvisioner basic = new BasicProvisioner(17);

    @TempDir
    private Path dir;

    private Bench bench;
    private CountingHost counting;

    @BeforeEach
    void begin() throws IOException {
        bench = new Bench(dir, host -> counting = new CountingHost(host, c -> "call"));
    }

    @AfterEach
    void end() throws IOException {
        bench.close();
    }

    private Environment provision(EnvironmentRequest request) throws Exception {
        return basic.provision(request, new Attempt(bench)).orElseThrow();
    }

    private List<String> setup(String... lines) throws IOException {
        List<String> setup = new ArrayList<>(bench.noJava());
        setup.addAll(List.of(lines));
        return setup;
    }

    @Test
    @DisplayName("JAVA_HOME goes before PATH, each as modules and set-up lines leave it; one call tells")
    void order() throws Exception {
        bench.fakeJava("it's home", 21);
        bench.fakeJava("other", 19);
        Environment made = provision(Bench.any(
                setup("JAVA_HOME=\"" + dir + "/it's home\"", "PATH=\"" + dir + "/other/bin:$PATH\"", "echo hello")));
        assertThat(made.java()).containsExactly(dir + "/it's home/bin/java");
        assertThat(made.javaVersion()).isEqualTo(21);
        assertThat(made.lookedUp()).isTrue();
        assertThat(made.control()).isEmpty();
        assertThat(made.description()).contains("basic").contains("21.0.1+5").contains("Fakes & Sons");
        assertThat(counting.byLabel().get("call").calls()).isEqualTo(1);
        made = provision(Bench.any(setup("PATH=\"" + dir + "/other/bin:$PATH\"")));
        assertThat(made.java()).containsExactly(dir + "/other/bin/java");
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    @DisplayName("One that is too old is passed over for one that is not")
    void tooOldFirst() throws Exception {
        bench.fakeJava("old", 11);
        bench.fakeJava("new", 17);
        assertThat(provision(Bench.any(setup("JAVA_HOME=\"" + dir + "/old\"", "PATH=\"" + dir + "/new/bin:$PATH\"")))
                        .java())
                .containsExactly(dir + "/new/bin/java");
    }

    @Test
    @DisplayName("One that was asked for by its path is taken, whatever else there is")
    void path() throws Exception {
        Path java = bench.fakeJava("asked", 23);
        bench.fakeJava("other", 19);
        Environment made = provision(Bench.wanting(17, java.toString(), setup("JAVA_HOME=\"" + dir + "/other\"")));
        assertThat(made.java()).containsExactly(java.toString());
        assertThat(made.lookedUp()).isFalse();
        assertThatThrownBy(() ->
                        provision(Bench.wanting(17, dir + "/none/bin/java", setup("JAVA_HOME=\"" + dir + "/other\""))))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining(dir + "/none/bin/java, which is not there");
    }

    @Test
    @DisplayName("A version is that version, and no other")
    void version() throws Exception {
        bench.fakeJava("newer", 23);
        Path java = bench.fakeJava("wanted", 21);
        List<String> setup = setup("JAVA_HOME=\"" + dir + "/newer\"", "PATH=\"" + dir + "/wanted/bin:$PATH\"");
        assertThat(provision(Bench.wanting(17, "21", setup)).java()).containsExactly(java.toString());
        assertThat(provision(Bench.wanting(17, "19+", setup)).javaVersion()).isEqualTo(23);
        assertThatThrownBy(() -> provision(Bench.wanting(17, "19", setup)))
                .hasMessageContaining("no Java 19 was found")
                .hasMessageContaining("Java 23.0.1+5")
                .hasMessageContaining("Java 21.0.1+5");
    }

    @Test
    @DisplayName("Without any Java the error lists what was looked at, and says what to configure")
    void none() {
        assertThatThrownBy(() -> provision(Bench.any(setup())))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("no Java 17 or newer was found")
                .hasMessageContaining("JAVA_HOME, which is not set")
                .hasMessageContaining("PATH, which has no java")
                .hasMessageContaining("environment.java")
                .hasMessageContaining("environment.modules");
    }

    @Test
    @DisplayName("A1, R52: a Java that is too old for the job's classes is refused with both numbers and the mend")
    void tooOld() throws Exception {
        bench.fakeJava("old", 17);
        List<String> setup = setup("JAVA_HOME=\"" + dir + "/old\"");
        assertThatThrownBy(() -> provision(new EnvironmentRequest(
                        25, Optional.empty(), Optional.empty(), List.of(), true, List.of(), setup, Map.of())))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("need Java 25 (class-file level 69)")
                .hasMessageContaining("Java 17.0.1+5")
                .hasMessageContaining("--release");
        long before = counting.byLabel().get("call").calls();
        assertThatThrownBy(() -> provision(Bench.wanting(25, "17", setup)))
                .hasMessageContaining("need Java 25 (class-file level 69)")
                .hasMessageContaining("environment.java asks for Java 17");
        assertThat(counting.byLabel().get("call").calls()).isEqualTo(before);
    }

    @Test
    @DisplayName("Set-up lines may use any names of variables, change the arguments, fail, and print")
    void wildSetup() throws Exception {
        Path java = bench.fakeJava("it", 17);
        assertThat(provision(Bench.any(setup(
                                "work=/nowhere dir=/nowhere low=99 high=99 seen=x",
                                "set -- a b c",
                                "false",
                                "echo java	PATH	/x	99",
                                "JAVA_HOME=\"" + dir + "/it\"")))
                        .java())
                .containsExactly(java.toString());
        Environment unseen = provision(Bench.any(setup("exit 3")));
        assertThat(unseen.java()).containsExactly("java");
        assertThat(unseen.lookedUp()).isTrue();
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    @DisplayName("A module that the host lacks may be on the nodes: nothing is said of them, and no later line is run")
    void modules() throws Exception {
        bench.fakeJava("it", 17);
        Path reached = dir.resolve("reached");
        Environment made = provision(new EnvironmentRequest(
                17,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                true,
                List.of("java/21"),
                setup("touch \"" + reached + "\"", "JAVA_HOME=\"" + dir + "/it\""),
                Map.of()));
        assertThat(made.java()).containsExactly("java");
        assertThat(made.javaVersion()).isZero();
        assertThat(reached).doesNotExist();
        assertThat(RecordedLogs.with("could not be loaded: java/21")).isNotEmpty();
    }

    @Test
    @DisplayName("One that does not start is told of with what it said")
    void broken() throws Exception {
        Path bin = Files.createDirectories(dir.resolve("broken/bin"));
        Path java = Files.writeString(bin.resolve("java"), "#!/bin/sh\necho 'libjli.so: cannot open' >&2\nexit 127\n");
        java.toFile().setExecutable(true);
        assertThatThrownBy(() -> provision(Bench.any(setup("JAVA_HOME=\"" + dir + "/broken\""))))
                .hasMessageContaining("does not start: libjli.so: cannot open");
    }

    @Test
    @DisplayName("What the host has is not looked at where it does not tell of the nodes")
    void unchecked() throws Exception {
        Environment made = provision(new EnvironmentRequest(
                17, Optional.empty(), Optional.empty(), List.of(), false, List.of(), List.of(), Map.of()));
        assertThat(made.java()).containsExactly("java");
        assertThat(made.lookedUp()).isTrue();
        assertThat(counting.byLabel()).isEmpty();
    }
}

package io.clustrix.internal.environment;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.Host;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.RemotePath;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A work directory on this machine, with the real shell as its host. */
final class Bench implements AutoCloseable, ProvisioningContext {
    final Path root;
    final Path work;
    final LocalShell shell;
    private final Host host;

    Bench(Path root) throws IOException {
        this(root, null);
    }

    /** With something between the provisioner and the shell. */
    Bench(Path root, java.util.function.UnaryOperator<Host> between) throws IOException {
        this.root = root;
        work = Files.createDirectories(root.resolve("it's a \"work\" $dir"));
        shell = new LocalShell(root);
        host = between == null ? shell : between.apply(shell);
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public RemotePath workDirectory() {
        return new RemotePath(work.toString());
    }

    @Override
    public RemotePath attemptDirectory() {
        return workDirectory().resolve("env");
    }

    @Override
    public Optional<String> remembered(String key) {
        return Optional.empty();
    }

    /** What attempts have left behind. */
    List<Path> leftovers() throws IOException {
        Path env = work.resolve("env");
        if (!Files.exists(env)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(env)) {
            return files.filter(f -> f.getFileName().toString().matches("(tmp|lock).*"))
                    .toList();
        }
    }

    /** The processes whose environment has this text. */
    static List<String> processes(String mark) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(p -> p.getFileName().toString().matches("[0-9]+"))
                    .filter(p -> {
                        try {
                            return Files.readString(p.resolve("environ"), java.nio.charset.StandardCharsets.ISO_8859_1)
                                    .contains(mark);
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .map(p -> p.getFileName().toString())
                    .toList();
        }
    }

    /** A java that says that it is one, and can do nothing else. */
    Path fakeJava(String home, int version) throws IOException {
        Path bin = Files.createDirectories(root.resolve(home).resolve("bin"));
        Path java = Files.writeString(bin.resolve("java"), """
                #!/bin/sh
                cat >&2 <<'END'
                Property settings:
                    java.home = %1$s
                    java.runtime.version = %2$d.0.1+5
                    java.specification.version = %2$s
                    java.vendor = Fakes & Sons
                END
                """.formatted(root.resolve(home), version));
        java.toFile().setExecutable(true);
        return java;
    }

    /** Lines after which there is no Java in PATH and JAVA_HOME. */
    List<String> noJava() throws IOException {
        Path bin = Files.createDirectories(root.resolve("no java"));
        for (String tool :
                ("sh env cat mkdir rm sed tr head tail cut ls readlink uname mv touch grep find sleep gzip tar"
                                + " kill xargs cmp sha256sum date mktemp wc")
                        .split(" ", -1)) {
            Path link = bin.resolve(tool);
            if (!Files.exists(link)) {
                for (Path file : List.of(Path.of("/usr/bin", tool), Path.of("/bin", tool))) {
                    if (Files.exists(file) && !Files.exists(link)) {
                        Files.createSymbolicLink(link, file);
                    }
                }
            }
        }
        return List.of("PATH='" + bin + "'", "export PATH", "unset JAVA_HOME");
    }

    static EnvironmentRequest any(List<String> setup) {
        return new EnvironmentRequest(
                17, Optional.empty(), Optional.empty(), List.of(), true, List.of(), setup, Map.of());
    }

    static EnvironmentRequest wanting(int minJava, String java, List<String> setup) {
        return new EnvironmentRequest(
                minJava, Optional.of(java), Optional.empty(), List.of(), true, List.of(), setup, Map.of());
    }

    @Override
    public void close() throws IOException {
        shell.close();
        File[] links = root.resolve("no java").toFile().listFiles(); // JUnit would warn of each
        for (File link : links == null ? new File[0] : links) {
            Files.delete(link.toPath());
        }
    }
}

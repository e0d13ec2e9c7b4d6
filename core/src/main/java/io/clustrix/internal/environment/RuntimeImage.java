package io.clustrix.internal.environment;

import io.clustrix.internal.staging.Digests;
import io.clustrix.internal.staging.TarWriter;
import io.clustrix.spi.ProvisioningException;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the driver's Java that runs programs and compiles none, as a tar packed by gzip. It is linked by the JDK's
 * own {@code jlink}, once for each JDK and choice of modules, and kept in the cache directory. Gzip, because every host
 * can unpack it and every JDK can write it; zstd would save about an eighth. Thread-safe; several processes can share a
 * cache directory.
 */
final class RuntimeImage {
    /** The modules of tools, which no task needs. */
    private static final Pattern TOOLS = Pattern.compile(
            "jdk\\.(compiler|javadoc|jlink|jpackage|jshell|jdeps|jartool|jconsole|jdi|jcmd|jstatd|hotspot\\.agent|editpad"
                    + "|internal\\.(opt|le|ed|md|vm\\.ci|vm\\.compiler.*)|unsupported\\.desktop|graal.*|random\\.tools)"
                    + "|org\\.graalvm.*|jdk\\.internal\\.vm\\.compiler.*");

    private static final List<String> OPTIONS = List.of("--strip-debug", "--no-header-files", "--no-man-pages");
    private static final List<String> OPTIONS_WITHOUT_TOOLS =
            List.of("--strip-java-debug-attributes", "--no-header-files", "--no-man-pages");
    private static final String FORMAT = "2";
    private static final int KEY_BYTES = 10;
    private static final int LOCK_PAUSE_MILLIS = 100;
    private static final int MOST_QUOTED = 500;

    private final Path cacheDirectory;
    private final Path javaHome;
    private final List<String> modules;
    private final String name;

    /**
     * An image that has not been made yet.
     *
     * @param javaHome a JDK
     * @param modules the modules that it is to have; empty: all but those of tools
     */
    RuntimeImage(Path cacheDirectory, Path javaHome, List<String> modules) {
        this.cacheDirectory = cacheDirectory;
        this.javaHome = javaHome;
        this.modules = List.copyOf(modules);
        this.name = name(javaHome, this.modules);
    }

    private static String name(Path javaHome, List<String> modules) {
        MessageDigest digest = Digests.sha256();
        for (String part : List.of(
                FORMAT,
                System.getProperty("java.runtime.version", ""),
                System.getProperty("java.vendor.version", System.getProperty("java.vendor", "")),
                platform(),
                String.join(",", modules),
                String.join(" ", OPTIONS))) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        try {
            digest.update(Files.readAllBytes(javaHome.resolve("release")));
        } catch (IOException e) {
            // A JDK without that file is told by its properties alone.
        }
        return "java-" + HexFormat.of().formatHex(digest.digest(), 0, KEY_BYTES);
    }

    /** Its name, by all that it is made of. */
    String name() {
        return name;
    }

    /** Operating system and processor of the driver, in the words of {@code uname}. */
    static String platform() {
        String os = System.getProperty("os.name", "");
        String arch = System.getProperty("os.arch", "");
        return (os.startsWith("Mac") ? "Darwin" : os) + " "
                + switch (arch) {
                    case "amd64" -> "x86_64";
                    case "aarch64" -> os.startsWith("Mac") ? "arm64" : "aarch64";
                    default -> arch;
                };
    }

    /**
     * The packed image, which is made if it is not there.
     *
     * @throws ProvisioningException if it can't be made
     */
    Path archive() throws InterruptedException {
        Path directory = cacheDirectory.resolve("runtimes");
        Path archive = directory.resolve(name + ".tar.gz");
        if (Files.isRegularFile(archive)) {
            return archive;
        }
        Path jlink = javaHome.resolve("bin").resolve(File.separatorChar == '\\' ? "jlink.exe" : "jlink");
        if (!Files.isExecutable(jlink)) {
            throw cant("there is no jlink in it: it is a JRE, or lacks a package", null);
        }
        try {
            Files.createDirectories(directory);
            try (FileChannel channel = FileChannel.open(
                            directory.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lock(channel)) {
                if (lock.isValid() && !Files.isRegularFile(archive)) {
                    make(jlink, directory, archive);
                }
            }
        } catch (IOException e) {
            throw cant("its copy can't be written to " + directory + ": " + e.getMessage(), e);
        }
        return archive;
    }

    /** Not by waiting in the lock itself, which only a close would end. */
    private static FileLock lock(FileChannel channel) throws IOException, InterruptedException {
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                // Another thread of this JVM makes it.
            }
            Thread.sleep(LOCK_PAUSE_MILLIS);
        }
    }

    private void make(Path jlink, Path directory, Path archive) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory(directory, "new");
        try {
            Path image = work.resolve("image");
            String problem = link(jlink, work, image, OPTIONS);
            if (!problem.isEmpty()) {
                remove(image); // to strip libraries needs objcopy, which few machines have
                problem = link(jlink, work, image, OPTIONS_WITHOUT_TOOLS);
            }
            if (!problem.isEmpty()) {
                throw cant("jlink failed: " + problem, null);
            }
            Path packed = work.resolve("packed");
            try (OutputStream out =
                    new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(packed), 1 << 16), 1 << 16)) {
                pack(image, out);
            }
            Files.move(packed, archive, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            remove(work);
        }
    }

    /** What went wrong; empty if nothing did. */
    private String link(Path jlink, Path work, Path image, List<String> options)
            throws IOException, InterruptedException {
        Path log = work.resolve("log");
        Process process = new ProcessBuilder(Stream.of(
                                List.of(jlink.toString(), "--add-modules", wanted(), "--output", image.toString()),
                                options)
                        .flatMap(List::stream)
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            process.getOutputStream().close();
            if (process.waitFor() == 0) {
                return "";
            }
        } finally {
            process.destroyForcibly();
        }
        String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
        return said.isEmpty()
                ? "exit code " + process.exitValue()
                : said.substring(0, Math.min(said.length(), MOST_QUOTED));
    }

    private String wanted() {
        if (!modules.isEmpty()) {
            return String.join(",", modules);
        }
        return ModuleFinder.ofSystem().findAll().stream()
                .map(m -> m.descriptor().name())
                .filter(m -> !TOOLS.matcher(m).matches())
                .sorted()
                .collect(Collectors.joining(","));
    }

    private static void pack(Path image, OutputStream out) throws IOException {
        TarWriter tar = new TarWriter(out);
        List<Path> files;
        try (Stream<Path> walk = Files.walk(image)) {
            files = walk.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path file : files) {
            String path = image.relativize(file).toString().replace(File.separatorChar, '/');
            if (Files.isDirectory(file)) {
                if (!path.isEmpty()) {
                    tar.directory(path, 0700);
                }
            } else {
                // Links, which the licences of modules are, become files.
                try (InputStream in = Files.newInputStream(file)) {
                    tar.file(path, Files.isExecutable(file) ? 0700 : 0600, Files.size(file), in);
                }
            }
        }
        // The last one, by which the host knows that all came.
        tar.file("all", 0600, new byte[0]);
        tar.finish();
    }

    private static void remove(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(tree)) {
            for (Path file : walk.sorted(Collections.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private ProvisioningException cant(String why, @Nullable Exception cause) {
        return new ProvisioningException(
                "the driver's Java "
                        + Optional.ofNullable(System.getProperty("java.runtime.version"))
                                .orElse("") + " in " + javaHome + " can't be copied: " + why,
                List.of(
                        "run the driver on a whole JDK (with jlink, and jmods where it needs them)",
                        "or name a Java that the host has: environment.java, environment.modules"),
                cause);
    }
}

package io.clustrix.internal.batch;

import io.clustrix.internal.staging.Digests;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.Environment;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The archive (AppCDS) of the classes that workers of one Java and one class path load, which makes their starts quick.
 * The first worker that may writes it when it ends; the JVM itself sees whether it fits.
 *
 * @param archive where it lies
 * @param make whether a worker may write it, which takes a second and some memory
 */
record ClassData(RemotePath archive, boolean make) {
    /** Who asked for less might be killed for it. */
    private static final Memory LEAST_MEMORY = Memory.ofMebibytes(1024);

    private static final int KEY_BYTES = 10;

    /** That of a job's workers; empty if options of theirs forbid one. */
    static Optional<ClassData> of(
            RemotePath work,
            Environment environment,
            List<String> jvmOptions,
            Resources resources,
            List<ClassPathEntry> classPath) {
        if (jvmOptions.stream().anyMatch(ClassData::forbids)) {
            return Optional.empty();
        }
        MessageDigest digest = Digests.sha256();
        digest.update(String.join("\n", environment.java()).getBytes(StandardCharsets.UTF_8));
        digest.update(environment.description().getBytes(StandardCharsets.UTF_8));
        for (ClassPathEntry entry : classPath) {
            digest.update(entry.sha256().getBytes(StandardCharsets.US_ASCII));
        }
        String name = "classes-" + HexFormat.of().formatHex(digest.digest(), 0, KEY_BYTES) + ".jsa";
        boolean make =
                resources.memory().map(m -> m.compareTo(LEAST_MEMORY) >= 0).orElse(true);
        return Optional.of(new ClassData(work.resolve("env").resolve(name), make));
    }

    private static boolean forbids(String option) {
        return option.startsWith("-Xshare")
                || option.contains("SharedArchiveFile")
                || option.contains("ArchiveClassesAtExit")
                || option.contains("AutoCreateSharedArchive")
                || option.startsWith("-javaagent")
                || option.startsWith("-agent")
                || option.startsWith("--patch-module")
                || option.startsWith("--module-path")
                || option.startsWith("--upgrade-module-path");
    }
}

package io.clustrix.internal.staging;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.RemotePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A driver of its own that stages the jars of a directory. */
final class StagingProcess {
    private StagingProcess() {}

    public static void main(String[] args) throws Exception {
        List<Path> jars;
        try (Stream<Path> files = Files.list(Path.of(args[0]))) {
            jars = files.sorted().toList();
        }
        try (LocalShell host = new LocalShell();
                ClassPathFiles files = new ClassPathFiles(Path.of(args[2]))) {
            RemoteStore store = new RemoteStore(host, new RemotePath(args[1]));
            System.out.println("ready");
            if (System.in.read() < 0) {
                return;
            }
            System.out.println(store.stage(files.entries(jars)).size());
        }
    }

    static Process start(Path jars, Path work, Path cache) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StagingProcess.class.getName(),
                        jars.toString(),
                        work.toString(),
                        cache.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}

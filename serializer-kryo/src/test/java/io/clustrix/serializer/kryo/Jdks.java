package io.clustrix.serializer.kryo;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.TreeMap;

/** The JDKs on this machine. */
final class Jdks {

    static final String HOW_TO_GET = "only one Java is here: install another JDK beside "
            + System.getProperty("java.home") + ", or set CLUSTRIX_TEST_JAVA_HOMES to the homes of more, separated by '"
            + java.io.File.pathSeparator + "'";

    private Jdks() {}

    /** One home for each feature version of 17 or newer; this JVM's own is among them. */
    static NavigableMap<Integer, Path> homes() {
        NavigableMap<Integer, Path> homes = new TreeMap<>();
        Path own = Path.of(System.getProperty("java.home"));
        homes.put(Runtime.version().feature(), own);
        List<Path> candidates = new ArrayList<>();
        for (String variable : new String[] {"CLUSTRIX_TEST_JAVA_HOMES", "JAVA_HOME"}) {
            String value = System.getenv(variable);
            if (value != null) {
                for (String home : value.split(java.io.File.pathSeparator, -1)) {
                    candidates.add(Path.of(home));
                }
            }
        }
        try (DirectoryStream<Path> siblings =
                Files.newDirectoryStream(own.toRealPath().getParent())) {
            siblings.forEach(candidates::add);
        } catch (IOException e) {
            System.out.println("can't list the folder of " + own + ": " + e);
        }
        for (Path home : candidates) {
            int feature = feature(home);
            if (feature >= 17) {
                homes.putIfAbsent(feature, home);
            }
        }
        return homes;
    }

    /** From the file that each JDK has, or 0. */
    private static int feature(Path home) {
        Path release = home.resolve("release");
        if (!Files.isRegularFile(release) || !Files.isExecutable(home.resolve("bin/java"))) {
            return 0;
        }
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(release)) {
            properties.load(in);
            return Runtime.Version.parse(
                            properties.getProperty("JAVA_VERSION", "0").replace("\"", ""))
                    .feature();
        } catch (IOException | IllegalArgumentException e) {
            return 0;
        }
    }
}

package io.clustrix.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of another JVM, of the same Java and class path as this one. */
record JavaCommand(List<String> words) {

    static JavaCommand of(Class<?> main, String... args) {
        return of(List.of(), main, args);
    }

    /** With the options that Hazelcast's manual asks for; without them it warns that it is slower. */
    static JavaCommand hazelcast(Class<?> main, String... args) {
        return of(
                List.of(
                        "--add-modules=java.se",
                        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                        "--add-opens=java.management/sun.management=ALL-UNNAMED",
                        "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED"),
                main,
                args);
    }

    private static JavaCommand of(List<String> options, Class<?> main, String... args) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(options);
        words.add("-cp");
        words.add(System.getProperty("java.class.path"));
        words.add(main.getName());
        words.addAll(List.of(args));
        return new JavaCommand(List.copyOf(words));
    }

    ProcessBuilder builder() {
        return new ProcessBuilder(words);
    }
}

package io.clustrix.internal.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that the configuration takes from the process it runs in, so that a test needs no process of its own.
 *
 * @param environment the environment variables
 * @param systemProperties the JVM's system properties
 * @param home the user's home directory, which a leading {@code ~} stands for
 * @param workingDirectory where {@code ./clustrix.conf} is looked for
 */
public record Surroundings(
        Map<String, String> environment, Map<String, String> systemProperties, Path home, Path workingDirectory) {

    /** Copies both maps and makes both paths absolute. */
    public Surroundings {
        environment = Map.copyOf(environment);
        systemProperties = Map.copyOf(systemProperties);
        home = home.toAbsolutePath().normalize();
        workingDirectory = workingDirectory.toAbsolutePath().normalize();
    }

    /** Those of this process, as they are now. */
    public static Surroundings ofProcess() {
        Map<String, String> properties = new TreeMap<>();
        Properties live = System.getProperties();
        for (String name : live.stringPropertyNames()) {
            String value = live.getProperty(name);
            if (value != null) {
                properties.put(name, value);
            }
        }
        Map<String, String> environment = System.getenv();
        return new Surroundings(
                environment, properties, home(properties.get("user.home"), environment.get("HOME")), Path.of(""));
    }

    // The JVM says "?" for a user without an entry in the password database, as in many containers.
    private static Path home(@Nullable String property, @Nullable String variable) {
        if (property != null && !property.isBlank() && !property.equals("?")) {
            return Path.of(property);
        }
        return Path.of(variable == null || variable.isBlank() ? "/" : variable);
    }

    /** {@code ~/.config/clustrix}, or what the XDG base directory specification makes of it. */
    Path configDirectory() {
        return xdg("XDG_CONFIG_HOME", ".config");
    }

    /** {@code ~/.cache/clustrix}, or what the XDG base directory specification makes of it. */
    Path cacheDirectory() {
        return xdg("XDG_CACHE_HOME", ".cache");
    }

    /** {@code ~/.local/state/clustrix}, or what the XDG base directory specification makes of it. */
    Path stateDirectory() {
        return xdg("XDG_STATE_HOME", ".local/state");
    }

    private Path xdg(String variable, String otherwise) {
        // "All paths set in these environment variables must be absolute. If an implementation encounters a relative
        // path
        // [...] it should consider the path invalid and ignore it" (XDG base directory specification 0.8).
        return Optional.ofNullable(environment.get(variable))
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> home.resolve(otherwise))
                .resolve("clustrix");
    }

    /**
     * A path as a person writes it: {@code ~} and {@code ~/...} are the home directory.
     *
     * @throws IllegalArgumentException if it is blank, has a NUL, or is {@code ~anna/...}
     */
    Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("the path is blank");
        }
        if (text.equals("~")) {
            return home;
        }
        if (text.startsWith("~/")) {
            return home.resolve(text.substring(2));
        }
        if (text.startsWith("~")) {
            throw new IllegalArgumentException("'" + text + "': only your own home directory can be written as ~/");
        }
        return Path.of(text);
    }

    /** Without the variables' and properties' values, among which there are secrets. */
    @Override
    public String toString() {
        return "Surroundings[" + environment.size() + " environment variables, " + systemProperties.size()
                + " system properties, home=" + home + ", workingDirectory=" + workingDirectory + "]";
    }
}

package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A home, a project directory, variables and plugins of a test's own; nothing of the real process is seen. */
final class Sandbox {
    enum Mode {
        FAST,
        SAFE_AND_SLOW
    }

    record Ssh(String host, int port, Optional<Secret> password) {
        Ssh {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port must be 1 to 65535, not " + port);
            }
        }
    }

    /** Of the plugin {@code batch}. */
    record Batch(
            Duration pollInterval, Mode mode, Optional<Ssh> ssh, List<String> modules, Map<String, String> variables) {}

    /** Of the plugin {@code local}. */
    record Local(int threads) {}

    private static final String PLUGINS = """
            clustrix.executors {
              local { threads = 2 }
              batch { poll-interval = 30s, mode = fast, ssh.port = 22 }
            }
            """;

    final Path home;
    final Path project;
    final Path classes;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();
    private UnaryOperator<ConfigurationLoader> code = loader -> loader;
    private ExecutorPlugins plugins = new ExecutorPlugins(
            ExecutorPlugins.of(Map.of("local", Local.class, "batch", Batch.class))
                    .settings(),
            new TreeMap<>(),
            name -> List.of("Add the artifact clustrix-" + name + "."));

    Sandbox(Path directory) {
        home = directory.resolve("home");
        project = directory.resolve("project");
        classes = directory.resolve("classes");
        write(project.resolve(".keep"), "");
        write(classes.resolve("reference.conf"), PLUGINS);
    }

    static Path write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path userFile() {
        return home.resolve(".config/clustrix/clustrix.conf");
    }

    Path projectFile() {
        return project.resolve("clustrix.conf");
    }

    Sandbox user(String text) {
        write(userFile(), text);
        return this;
    }

    Sandbox project(String text) {
        write(projectFile(), text);
        return this;
    }

    Sandbox classPath(String name, String text) {
        write(classes.resolve(name), text);
        return this;
    }

    Sandbox variable(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Sandbox property(String name, String value) {
        properties.put(name, value);
        return this;
    }

    Sandbox code(UnaryOperator<ConfigurationLoader> settings) {
        code = settings;
        return this;
    }

    Sandbox plugins(Map<String, Class<? extends Record>> settings) {
        return plugins(
                new ExecutorPlugins(ExecutorPlugins.of(settings).settings(), plugins.hosts(), plugins.whenMissing()));
    }

    Sandbox plugins(ExecutorPlugins installed) {
        plugins = installed;
        return this;
    }

    Surroundings surroundings() {
        return new Surroundings(environment, properties, home, project);
    }

    Configuration load() {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {url(classes)}, ConfigurationLoader.class.getClassLoader())) {
            return code.apply(new ConfigurationLoader(surroundings(), plugins, loader))
                    .load();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }

    ClustrixSettings settings() {
        return load().settings();
    }

    Batch batch(String cluster) {
        Configuration configuration = load();
        return configuration.pluginSettings(configuration.cluster(cluster), Batch.class);
    }

    /** The message of the failure that loading must end in. */
    String failure() {
        ConfigurationException failure = catchThrowableOfType(ConfigurationException.class, this::load);
        if (failure == null) {
            throw new AssertionError("the configuration was loaded");
        }
        return failure.getMessage();
    }
}

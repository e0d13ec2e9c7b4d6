package io.clustrix.internal.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads the configuration. Each source overrides those before it, key by key:
 *
 * <ol>
 *   <li>every module's {@code reference.conf}, where the defaults stand;
 *   <li>{@code clustrix.conf} in {@code $XDG_CONFIG_HOME/clustrix}, by default {@code ~/.config/clustrix};
 *   <li>{@code clustrix.conf} in the working directory;
 *   <li>the file that the system property {@code clustrix.config} names or, if there is no such property, the
 *       environment variable {@code CLUSTRIX_CONFIG};
 *   <li>environment variables {@code CLUSTRIX_...};
 *   <li>what the program says through {@link #with} and {@link #set}, later calls over earlier ones.
 * </ol>
 *
 * <p>An application's own {@code application.conf} is not read. Not thread-safe.
 */
public final class ConfigurationLoader {
    private static final String ROOT = "clustrix";
    private static final String FILE_PROPERTY = "clustrix.config";
    private static final int KEYS_SHOWN = 5;
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{[^}]*}");

    private final Surroundings surroundings;
    private final ExecutorPlugins plugins;
    private final ClassLoader classLoader;
    private Config own = ConfigFactory.empty();

    /**
     * A loader that nothing was set in yet.
     *
     * @param surroundings where files and variables are looked for
     * @param plugins the executors that are installed
     * @param classLoader whose {@code reference.conf}s are read
     */
    public ConfigurationLoader(Surroundings surroundings, ExecutorPlugins plugins, ClassLoader classLoader) {
        this.surroundings = surroundings;
        this.plugins = plugins;
        this.classLoader = classLoader;
    }

    /**
     * Sets what stands in the block {@code clustrix} of a configuration of the application's; the rest only serves
     * substitutions. What it has from a {@code reference.conf}, as everything that {@code ConfigFactory.load()} gives
     * has, is left where it belongs, at the bottom.
     *
     * @throws ConfigurationException if it has keys, but no such block
     */
    public ConfigurationLoader with(Config config) {
        requireBlock(config);
        own = overlay(config).withFallback(own);
        return this;
    }

    /**
     * Sets one key.
     *
     * @param path from {@code clustrix} on, for instance {@code clusters.hpc.resources.memory}; {@code clustrix.} may
     *     stand before it
     * @param value a text as in a file, number, boolean, {@link Duration}, {@link Memory}, {@link Path},
     *     {@link Secret}, enum, or a list or map of these
     * @throws IllegalArgumentException if the path is not valid HOCON or the value is of another type
     */
    public ConfigurationLoader set(String path, Object value) {
        List<String> elements;
        try {
            elements = new ArrayList<>(ConfigUtil.splitPath(path));
        } catch (ConfigException e) {
            throw new IllegalArgumentException("'" + path + "' is not a path of keys", e);
        }
        if (!elements.get(0).equals(ROOT)) {
            elements.add(0, ROOT);
        }
        ConfigValue written;
        try {
            written = ConfigValueFactory.fromAnyRef(plain(value), Places.CODE);
        } catch (ConfigException e) {
            // Its message has the value in it.
            throw new IllegalArgumentException(
                    path + ": a setting can't be of type " + value.getClass().getName());
        }
        own = Places.nested(elements, written).withFallback(own);
        return this;
    }

    /**
     * Reads and checks everything.
     *
     * @throws ConfigurationException if anything is wrong; one exception for all of it, with file and line
     */
    public Configuration load() {
        try {
            return loaded();
        } catch (StackOverflowError e) {
            // SourceText keeps out what nests; a chain of substitutions through several files may still be too long.
            throw new ConfigurationException(
                    "the configuration is nested too deeply, or its substitutions refer to each other in too long a chain");
        }
    }

    /**
     * The state directory alone: no plugins, no defaults, and no complaint about anything else. Where there is no
     * configuration file this reads nothing.
     *
     * @throws ConfigurationException if a file can't be read, or the key has no path
     */
    public Path stateDirectory() {
        String variable = surroundings.environment().get("CLUSTRIX_STATE_DIRECTORY");
        Problems problems = new Problems();
        List<Path> files = files(problems).stream().filter(Files::exists).toList();
        problems.throwIfAny();
        if (own.isEmpty() && (variable != null || files.isEmpty())) {
            return variable == null ? surroundings.stateDirectory() : stateDirectory(variable);
        }
        Sources sources = new Sources(classLoader, problems);
        Config lower = computed();
        for (Path file : files) {
            lower = sources.file(file).orElse(ConfigFactory.empty()).withFallback(lower);
        }
        problems.throwIfAny();
        if (variable != null) {
            lower = Places.nested(List.of(ROOT, "state-directory"), ConfigValueFactory.fromAnyRef(variable))
                    .withFallback(lower);
        }
        Config all = own.withFallback(lower).withFallback(variables());
        try {
            Config known = all.resolve(ConfigResolveOptions.noSystem().setAllowUnresolved(true));
            return stateDirectory(known.getString(ROOT + ".state-directory"));
        } catch (ConfigException e) {
            throw new ConfigurationException(
                    ROOT + ".state-directory must be a path",
                    List.of("correct it; clustrix config shows where it stands"),
                    e);
        }
    }

    private Path stateDirectory(String text) {
        try {
            Path path = surroundings.path(text);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(ROOT + ".state-directory: " + e.getMessage());
        }
        throw new ConfigurationException(
                ROOT + ".state-directory must be an absolute path or begin with ~/, not '" + text + "'");
    }

    private Configuration loaded() {
        Problems problems = new Problems();
        Sources sources = new Sources(classLoader, problems);
        Config lower = sources.references().withFallback(computed());
        for (Path file : files(problems)) {
            lower = sources.file(file).orElse(ConfigFactory.empty()).withFallback(lower);
        }
        problems.throwIfAny();

        Config environment = environment(own.withFallback(lower), sources, problems);
        Config all = own.withFallback(environment).withFallback(lower).withFallback(variables());
        Optional<ConfigObject> root = resolved(all, problems).flatMap(c -> root(c, problems));
        Optional<ClustrixSettings> settings =
                root.flatMap(r -> new SettingsReader(surroundings, plugins, problems).read(r));
        problems.throwIfAny();
        return new Configuration(settings.orElseThrow(), root.orElseThrow(), sources.read(), surroundings, plugins);
    }

    // Which variables there may be depends on which clusters the other layers have.
    private Config environment(Config others, Sources sources, Problems problems) {
        try {
            ConfigValue block = others.withFallback(variables())
                    .resolve(ConfigResolveOptions.noSystem().setAllowUnresolved(true))
                    .root()
                    .get(ROOT);
            ConfigObject root =
                    block instanceof ConfigObject o ? o : ConfigFactory.empty().root();
            return new EnvironmentLayer(surroundings.environment(), plugins, sources, problems).over(root);
        } catch (ConfigException e) {
            // What can't be resolved at all is told when everything is.
            return ConfigFactory.empty();
        }
    }

    // What reference.conf can't express: a fallback within a path.
    private Config computed() {
        return computed("cache-directory", surroundings.cacheDirectory())
                .withFallback(computed("state-directory", surroundings.stateDirectory()));
    }

    private static Config computed(String key, Path path) {
        return Places.nested(
                List.of(ROOT, key),
                ConfigValueFactory.fromAnyRef(path.toString(), "the default of the XDG base directory specification"));
    }

    private List<Path> files(Problems problems) {
        Set<Path> files = new LinkedHashSet<>();
        files.add(surroundings.configDirectory().resolve("clustrix.conf"));
        Path local = surroundings.workingDirectory().resolve("clustrix.conf");
        files.remove(local);
        files.add(local);
        explicit(problems).ifPresent(file -> {
            files.remove(file);
            files.add(file);
        });
        return List.copyOf(files);
    }

    private Optional<Path> explicit(Problems problems) {
        String property = surroundings.systemProperties().get(FILE_PROPERTY);
        String variable = surroundings.environment().get(EnvironmentLayer.FILE);
        if (property == null && variable == null) {
            return Optional.empty();
        }
        String text = property != null ? property : String.valueOf(variable);
        String place =
                property != null ? "system property " + FILE_PROPERTY : Places.ENVIRONMENT + EnvironmentLayer.FILE;
        try {
            Path file = surroundings
                    .workingDirectory()
                    .resolve(surroundings.path(text))
                    .normalize();
            if (Files.exists(file)) {
                return Optional.of(file);
            }
            problems.add("the configuration file " + file + " does not exist", place);
        } catch (IllegalArgumentException e) {
            problems.add("names the configuration file, but: " + e.getMessage(), place);
        }
        return Optional.empty();
    }

    // Below everything, so that ${HOME} and ${user.home} mean something; the layers do not see each other's keys here,
    // because the block clustrix is left out.
    private Config variables() {
        Properties properties = new Properties();
        surroundings.systemProperties().forEach((name, value) -> {
            if (!name.equals(ROOT) && !name.startsWith(ROOT + ".")) {
                properties.setProperty(name, value);
            }
        });
        Map<String, ConfigValue> environment = new LinkedHashMap<>();
        surroundings.environment().forEach((name, value) -> {
            if (!name.equals(ROOT)) {
                environment.put(name, ConfigValueFactory.fromAnyRef(value, Places.ENVIRONMENT + name));
            }
        });
        return ConfigFactory.parseProperties(
                        properties, ConfigParseOptions.defaults().setOriginDescription(Places.SYSTEM_PROPERTIES))
                .withFallback(ConfigValueFactory.fromMap(environment));
    }

    private static Optional<Config> resolved(Config config, Problems problems) {
        try {
            return Optional.of(config.resolve(ConfigResolveOptions.noSystem()));
        } catch (ConfigException.UnresolvedSubstitution e) {
            problems.add("", unresolved(String.valueOf(e.getMessage())), e.origin());
        } catch (ConfigException e) {
            // Its message has the values in it. Its place is that of the first of them, which may be a variable.
            problems.add(
                    "",
                    "this value is joined with one that can't be joined to it: a text with a list or a block",
                    e.origin());
        }
        return Optional.empty();
    }

    private static String unresolved(String message) {
        Matcher first = SUBSTITUTION.matcher(message);
        String substitution = first.find() ? first.group() : "a substitution";
        int cycle = message.indexOf("involving ");
        if (cycle >= 0) {
            return substitution + " refers to itself, through "
                    + message.substring(cycle + "involving ".length()).replace(", ", " -> ");
        }
        return substitution
                + " is not set: neither a key nor an environment variable nor a system property has this name;"
                + " write " + substitution.replaceFirst("\\{\\??", "{?") + " if it may be absent";
    }

    private static Optional<ConfigObject> root(Config config, Problems problems) {
        ConfigValue root = config.root().get(ROOT);
        if (root instanceof ConfigObject block) {
            return Optional.of(block);
        }
        if (root != null) {
            problems.add(ROOT, "must be a block { ... }, not " + RecordReader.kind(root), root.origin());
        }
        return Optional.empty();
    }

    // Else a forgotten wrapping would go unnoticed, and the defaults be used.
    private static void requireBlock(Config config) {
        Set<String> keys;
        try {
            keys = new TreeSet<>(config.root().keySet());
        } catch (ConfigException.NotResolved e) {
            return; // a root that is itself a substitution: what it has is seen when it is resolved
        }
        if (keys.isEmpty() || keys.contains(ROOT)) {
            return;
        }
        String some = keys.stream().limit(KEYS_SHOWN).collect(Collectors.joining(", "));
        int more = keys.size() - KEYS_SHOWN;
        throw new ConfigurationException(
                "the Config that was given to the builder has no block '" + ROOT + "', so nothing of it would count;"
                        + " it has: " + some + (more > 0 ? " and " + more + " more" : ""),
                "if these are Clustrix's own keys, wrap them: config.atPath(\"" + ROOT + "\")");
    }

    private static Config overlay(Config config) {
        if (!config.isResolved()) {
            return config;
        }
        if (!(config.root().get(ROOT) instanceof ConfigObject block)) {
            return config.root().withOnlyKey(ROOT).toConfig();
        }
        // -Dclustrix.config=... in what ConfigFactory.load() gives: it names a file and is no key.
        return withoutReferences(block).withoutKey("config").atKey(ROOT);
    }

    private static ConfigObject withoutReferences(ConfigObject block) {
        ConfigObject result = block;
        for (Map.Entry<String, ConfigValue> entry : block.entrySet()) {
            ConfigValue value = entry.getValue();
            if (value instanceof ConfigObject deeper) {
                result = result.withValue(entry.getKey(), withoutReferences(deeper));
            } else if (Sources.REFERENCE.equals(value.origin().resource())) {
                result = result.withoutKey(entry.getKey());
            }
        }
        return result;
    }

    // Typesafe would make a duration a bare number of milliseconds, which is refused when it is read.
    private static Object plain(Object value) {
        if (value instanceof Duration d) {
            return d.equals(d.truncatedTo(ChronoUnit.SECONDS)) ? d.toSeconds() + "s" : d.toNanos() + "ns";
        } else if (value instanceof Secret s) {
            return s.revealText();
        } else if (value instanceof Enum<?> e) {
            return Spelling.kebab(e.name());
        } else if (value instanceof RemotePath p) {
            return p.value();
        } else if (value instanceof Path || value instanceof Memory) {
            return value.toString();
        } else if (value instanceof Iterable<?> i) {
            List<Object> list = new ArrayList<>();
            i.forEach(v -> list.add(plain(v)));
            return list;
        } else if (value instanceof Map<?, ?> m) {
            Map<String, Object> map = new LinkedHashMap<>();
            m.forEach((k, v) -> map.put(String.valueOf(k), plain(v)));
            return map;
        }
        return value;
    }
}

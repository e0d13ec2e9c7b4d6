package io.clustrix.internal.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.clustrix.setup.SettingInfo;
import io.clustrix.spi.ConfigurationException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What {@link ConfigurationLoader} found, checked. Immutable. */
public final class Configuration {
    private final ClustrixSettings settings;
    private final ConfigObject root;
    private final List<String> sources;
    private final Surroundings surroundings;
    private final ExecutorPlugins plugins;

    Configuration(
            ClustrixSettings settings,
            ConfigObject root,
            List<String> sources,
            Surroundings surroundings,
            ExecutorPlugins plugins) {
        this.settings = settings;
        this.root = root;
        this.sources = List.copyOf(sources);
        this.surroundings = surroundings;
        this.plugins = plugins;
    }

    /** The settings. */
    public ClustrixSettings settings() {
        return settings;
    }

    /** The files and resources that were read, lowest first. */
    public List<String> sources() {
        return sources;
    }

    /** The block of {@link ClustrixSettings#defaultCluster()}. */
    public ClusterBlock defaultCluster() {
        return cluster(settings.defaultCluster());
    }

    /**
     * The block of a cluster that is to be used.
     *
     * @throws ConfigurationException if there is none of this name, or its executor is not installed
     */
    public ClusterBlock cluster(String name) {
        ClusterBlock block = settings.clusters().get(name);
        if (block == null) {
            throw new ConfigurationException("there is no cluster '" + name + "'"
                    + Spelling.suggestion(name, settings.clusters().keySet()));
        }
        if (plugins.settingsOf(block.executor()).isEmpty()) {
            throw new ConfigurationException(
                    "cluster '" + name + "' can't be used: " + SettingsReader.missing(block.executor(), plugins),
                    plugins.whenMissing().apply(block.executor()),
                    null);
        }
        return block;
    }

    /**
     * A cluster's plugin settings. Secrets are read from their files now and not before.
     *
     * @param block of this configuration
     * @param type the settings record of the plugin
     * @throws ConfigurationException if a secret's file can't be used, or the type is none of those that were checked
     *     when the configuration was loaded and the section does not fit it
     */
    public <S extends Record> S pluginSettings(ClusterBlock block, Class<S> type) {
        Problems problems = new Problems();
        RecordReader reader = new RecordReader(surroundings, RecordReader.Purpose.USE, problems);
        Optional<S> result =
                reader.readAmongOthers(block.pluginSection().root(), type, "clustrix.clusters." + block.name());
        problems.throwIfAny();
        return result.orElseThrow();
    }

    /**
     * The settings of a block within a cluster's block; as {@link #pluginSettings}.
     *
     * @param key the inner block's name; it need not be there
     */
    public <S extends Record> S innerSettings(ClusterBlock block, String key, Class<S> type) {
        Problems problems = new Problems();
        RecordReader reader = new RecordReader(surroundings, RecordReader.Purpose.USE, problems);
        ConfigObject section = block.pluginSection().root().get(key) instanceof ConfigObject inner
                ? inner
                : ConfigFactory.empty().root();
        Optional<S> result = reader.read(section, type, "clustrix.clusters." + block.name() + "." + key);
        problems.throwIfAny();
        return result.orElseThrow();
    }

    /** The home directory of the user. */
    public Path home() {
        return surroundings.home();
    }

    /**
     * All that is in effect, a line for each key with where it comes from, sorted; it is HOCON. What is a secret by its
     * type, or looks like one by its name or by the name of the variable it comes from, is {@code ***}.
     */
    public String render() {
        StringBuilder text = new StringBuilder();
        lines().forEach(line -> text.append(line.key() + " = " + line.value() + "  # " + line.origin() + "\n"));
        return text.toString();
    }

    /** The same, key by key. */
    public List<SettingInfo> lines() {
        Set<String> secrets = new LinkedHashSet<>();
        plugins.settings().values().forEach(shape -> secrets.addAll(shape.secretKeys()));
        Map<String, SettingInfo> lines = new TreeMap<>();
        lines("clustrix", (ConfigObject) masked("clustrix", root, secrets), lines);
        return List.copyOf(lines.values());
    }

    /** The host that a cluster's block names, if its executor has such a key. */
    public Optional<String> host(ClusterBlock block) {
        boolean batch = plugins.settingsOf(block.executor())
                .filter(SectionShape::isBatch)
                .isPresent();
        return batch ? pluginSettings(block, BatchSettings.class).host() : Optional.empty();
    }

    private static void lines(String path, ConfigObject block, Map<String, SettingInfo> into) {
        for (Map.Entry<String, ConfigValue> entry : block.entrySet()) {
            String full = path + "." + ConfigUtil.joinPath(entry.getKey());
            ConfigValue value = entry.getValue();
            if (value instanceof ConfigObject deeper && !deeper.isEmpty()) {
                lines(full, deeper, into);
            } else {
                into.put(
                        full,
                        new SettingInfo(full, value.render(ConfigRenderOptions.concise()), Places.of(value.origin())));
            }
        }
    }

    private static ConfigValue masked(String key, ConfigValue value, Set<String> secrets) {
        ConfigOrigin origin = value.origin();
        if (secrets.contains(key) || Sensitive.looksSo(key) || Places.isSensitive(origin)) {
            return ConfigValueFactory.fromAnyRef(Sensitive.MASK).withOrigin(origin);
        }
        if (value instanceof ConfigObject block) {
            ConfigObject result = block;
            for (Map.Entry<String, ConfigValue> entry : block.entrySet()) {
                result = result.withValue(entry.getKey(), masked(entry.getKey(), entry.getValue(), secrets));
            }
            return result;
        }
        if (value instanceof ConfigList list) {
            return ConfigValueFactory.fromIterable(
                            list.stream().map(v -> masked("", v, secrets)).toList())
                    .withOrigin(origin);
        }
        return value.unwrapped() instanceof String s && !Sensitive.masked(s).equals(s)
                ? ConfigValueFactory.fromAnyRef(Sensitive.masked(s)).withOrigin(origin)
                : value;
    }

    /** Without values. */
    @Override
    public String toString() {
        return "Configuration[default " + settings.defaultCluster() + ", clusters "
                + new TreeSet<>(settings.clusters().keySet()) + ", from " + sources + "]";
    }
}

package io.clustrix.internal.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The layer of {@code CLUSTRIX_...} variables: {@code CLUSTRIX_CLUSTERS_HPC_RESOURCES_MEMORY} is
 * {@code clustrix.clusters.hpc.resources.memory}.
 *
 * <p>A variable's name does not tell where a key ends, so it is not translated but looked up among the keys that exist:
 * the global ones and those of each cluster and executor that the other layers know.
 */
final class EnvironmentLayer {
    /** Names the file to read; not a setting. */
    static final String FILE = "CLUSTRIX_CONFIG";

    private static final String PREFIX = "CLUSTRIX_";
    private static final List<String> OF_OTHERS = List.of("CLUSTRIX_WORKER_", "CLUSTRIX_TEST_", "CLUSTRIX_CLI_");

    private final Map<String, String> environment;
    private final ExecutorPlugins plugins;
    private final Sources sources;
    private final Problems problems;

    // By the name of the variable; more than one key may have it.
    private final Map<String, Set<Shape.Leaf>> known = new TreeMap<>();

    // What lies below can't be told: the plugin is missing, which is no error as long as nobody uses the cluster.
    private final List<String> unknowable = new ArrayList<>();

    EnvironmentLayer(Map<String, String> environment, ExecutorPlugins plugins, Sources sources, Problems problems) {
        this.environment = environment;
        this.plugins = plugins;
        this.sources = sources;
        this.problems = problems;
    }

    /**
     * The layer.
     *
     * @param clustrix what the other layers say, all together
     */
    Config over(ConfigObject clustrix) {
        Map<String, String> ours = new TreeMap<>();
        environment.forEach((name, value) -> {
            boolean ofOthers = name.equals(FILE) || OF_OTHERS.stream().anyMatch(name::startsWith);
            if (name.startsWith(PREFIX) && !ofOthers) {
                ours.put(name, value);
            }
        });
        if (ours.isEmpty()) {
            return ConfigFactory.empty();
        }
        collectKnown(clustrix);
        Config layer = ConfigFactory.empty();
        for (Map.Entry<String, String> variable : ours.entrySet()) {
            Optional<Shape.Leaf> key = key(variable.getKey());
            Optional<ConfigValue> value = key.flatMap(k -> value(k, variable.getKey(), variable.getValue()));
            if (key.isPresent() && value.isPresent()) {
                List<String> path = ConfigUtil.splitPath("clustrix." + key.get().path());
                layer = Places.nested(path, value.get()).withFallback(layer);
            }
        }
        return layer;
    }

    private Optional<Shape.Leaf> key(String variable) {
        Set<Shape.Leaf> keys = known.getOrDefault(variable, Set.of());
        if (keys.size() == 1) {
            return Optional.of(keys.iterator().next());
        }
        String place = Places.ENVIRONMENT + variable;
        if (keys.size() > 1) {
            List<String> paths = keys.stream().map(Shape.Leaf::path).toList();
            problems.add("may mean " + String.join(" or ", paths) + "; set the key in a file instead", place);
        } else if (unknowable.stream().noneMatch(variable::startsWith)) {
            Set<String> names = new TreeSet<>(known.keySet());
            names.add(FILE);
            problems.add("names no key" + Spelling.suggestion(variable, names), place);
        }
        return Optional.empty();
    }

    private Optional<ConfigValue> value(Shape.Leaf key, String variable, String text) {
        String place = Places.ENVIRONMENT + variable;
        if (!key.structured()) {
            return Optional.of(ConfigValueFactory.fromAnyRef(text, place));
        }
        if (!text.stripLeading().startsWith("[") && !text.stripLeading().startsWith("{")) {
            problems.add(key.path() + " is a list or a map; write it as in a file: [a, b] or {a = 1}", place);
            return Optional.empty();
        }
        return sources.variable(variable, "v = " + text).map(c -> c.root().get("v"));
    }

    private void collectKnown(ConfigObject clustrix) {
        know("", Shape.leaves(GlobalSettings.class));
        know("cluster-defaults.", Shape.leaves(CommonSettings.class));
        know("batch-defaults.", Shape.leaves(BatchSettings.class));
        plugins.hosts().forEach((name, settings) -> know("hosts." + name + ".", Shape.leaves(settings)));
        Set<String> executors = new TreeSet<>(plugins.settings().keySet());
        executors.addAll(blocks(clustrix, "executors").keySet());
        for (String executor : executors) {
            know("executors." + executor + ".", Shape.leaves(CommonSettings.class));
            knowPlugin("executors." + executor + ".", executor);
        }
        blocks(clustrix, "clusters").forEach((name, block) -> {
            String prefix = "clusters." + name + ".";
            know(prefix, Shape.leaves(CommonSettings.class));
            know(prefix, List.of(new Shape.Leaf("executor", false)));
            Set<String> chosen = new LinkedHashSet<>();
            ConfigValue written = block.get("executor");
            if (written != null && written.valueType() == ConfigValueType.STRING) {
                chosen.add((String) written.unwrapped());
            }
            String overridden = environment.get(variable(prefix + "executor"));
            if (overridden != null) {
                chosen.add(overridden);
            }
            chosen.forEach(executor -> knowPlugin(prefix, executor));
        });
    }

    private void knowPlugin(String prefix, String executor) {
        plugins.settingsOf(executor)
                .ifPresentOrElse(shape -> know(prefix, shape.leaves()), () -> unknowable.add(variable(prefix)));
    }

    private void know(String prefix, List<Shape.Leaf> leaves) {
        for (Shape.Leaf leaf : leaves) {
            Shape.Leaf full = new Shape.Leaf(prefix + leaf.path(), leaf.structured());
            known.computeIfAbsent(variable(full.path()), k -> new LinkedHashSet<>())
                    .add(full);
        }
    }

    private static Map<String, ConfigObject> blocks(ConfigObject clustrix, String key) {
        Map<String, ConfigObject> blocks = new TreeMap<>();
        if (clustrix.get(key) instanceof ConfigObject all) {
            for (String name : all.keySet()) {
                if (SettingsReader.NAME.matcher(name).matches() && all.get(name) instanceof ConfigObject block) {
                    blocks.put(name, block);
                }
            }
        }
        return blocks;
    }

    /** The variable of a key, or the beginning of the names of those below a prefix that ends in a full stop. */
    static String variable(String path) {
        return PREFIX + path.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }
}

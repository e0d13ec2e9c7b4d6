package io.clustrix.internal.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.clustrix.spi.PluginException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The resolved block {@code clustrix} to settings: lays defaults under clusters and checks every block. */
final class SettingsReader {
    /** What a cluster may be called; it becomes part of file names, job names and variables. */
    static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    private static final String ROOT = "clustrix";
    private static final String DEFAULTS = "cluster-defaults";
    private static final String BATCH = "batch-defaults";
    private static final String HOSTS = "hosts";
    private static final String EXECUTORS = "executors";
    private static final String CLUSTERS = "clusters";
    private static final ConfigObject EMPTY = ConfigFactory.empty().root();

    /** The key of a cluster that is neither common nor the plugin's. */
    private record Choice(String executor) {}

    private final ExecutorPlugins plugins;
    private final Problems problems;
    private final RecordReader parts;
    private final RecordReader whole;

    SettingsReader(Surroundings surroundings, ExecutorPlugins plugins, Problems problems) {
        this.plugins = plugins;
        this.problems = problems;
        this.parts = new RecordReader(surroundings, RecordReader.Purpose.CHECK_PART, problems);
        this.whole = new RecordReader(surroundings, RecordReader.Purpose.CHECK, problems);
    }

    /** The settings; nothing if there is a problem that leaves none. */
    Optional<ClustrixSettings> read(ConfigObject root) {
        Set<String> known = new LinkedHashSet<>(Shape.keys(GlobalSettings.class));
        known.addAll(List.of(DEFAULTS, BATCH, HOSTS, EXECUTORS, CLUSTERS));
        whole.refuseUnknown(root, ROOT, known, Shape.leaves(GlobalSettings.class));
        Optional<GlobalSettings> global = whole.readAmongOthers(root, GlobalSettings.class, ROOT);

        ConfigObject defaults = block(root, DEFAULTS, ROOT);
        parts.read(defaults, CommonSettings.class, ROOT + "." + DEFAULTS);
        ConfigObject batch = block(root, BATCH, ROOT);
        parts.read(batch, BatchSettings.class, ROOT + "." + BATCH);
        Map<String, ConfigObject> hosts = blocks(block(root, HOSTS, ROOT), ROOT + "." + HOSTS);
        hosts.forEach((name, section) -> {
            Class<? extends Record> settings = plugins.hosts().get(name);
            if (settings != null) {
                parts.read(section, settings, ROOT + "." + HOSTS + "." + name);
            }
        });
        Map<String, ConfigObject> sections = blocks(block(root, EXECUTORS, ROOT), ROOT + "." + EXECUTORS);
        Map<String, ConfigObject> written = blocks(block(root, CLUSTERS, ROOT), ROOT + "." + CLUSTERS);

        Map<String, String> executors = new TreeMap<>();
        written.forEach((name, block) -> whole.readAmongOthers(block, Choice.class, ROOT + "." + CLUSTERS + "." + name)
                .ifPresent(choice -> executors.put(name, choice.executor())));
        // Before the clusters, so that a default that is wrong is told where it stands.
        sections.forEach((executor, section) -> executorSection(executor, section, executors.values()));

        Map<String, ClusterBlock> clusters = new LinkedHashMap<>();
        executors.forEach((name, executor) -> {
            ConfigObject block = written.getOrDefault(name, EMPTY);
            // A key that is missing is missing here, whatever lies below.
            ConfigObject effective = block.withFallback(sections.getOrDefault(executor, EMPTY))
                    .withFallback(shared(executor, batch, hosts))
                    .withFallback(defaults)
                    .withOrigin(block.origin());
            cluster(name, executor, effective, ROOT + "." + CLUSTERS + "." + name)
                    .ifPresent(c -> clusters.put(name, c));
        });
        global.ifPresent(g -> checkDefault(g.defaultCluster(), root, written, clusters));
        return global.map(g -> new ClustrixSettings(
                g.defaultCluster(),
                g.serializer(),
                g.cacheDirectory(),
                g.stateDirectory(),
                g.keepRuns(),
                g.keepResults(),
                g.reportDirectory(),
                clusters));
    }

    /** What batch clusters have in common. */
    private ConfigObject shared(String executor, ConfigObject batch, Map<String, ConfigObject> hosts) {
        Optional<SectionShape> shape = plugins.settingsOf(executor).filter(SectionShape::isBatch);
        if (shape.isEmpty()) {
            return EMPTY;
        }
        ConfigObject shared = batch;
        for (String host : shape.get().blocks().keySet()) {
            shared = shared.withValue(host, hosts.getOrDefault(host, EMPTY));
        }
        return shared;
    }

    private Optional<ClusterBlock> cluster(String name, String executor, ConfigObject effective, String path) {
        if (!NAME.matcher(name).matches()) {
            problems.add(path, "a cluster's name must be of the form " + NAME, effective.origin());
            return Optional.empty();
        }
        Optional<CommonSettings> common = whole.readAmongOthers(effective, CommonSettings.class, path);
        plugins.settingsOf(executor).ifPresent(settings -> {
            Set<String> known = new LinkedHashSet<>(keys(executor, settings));
            known.add("executor");
            // The block of a transport that is not installed, as with executors, is told of when the cluster is used.
            ConfigValue transport = effective.get("transport");
            if (settings.isBatch() && transport != null) {
                known.add(String.valueOf(transport.unwrapped()));
            }
            whole.refuseUnknown(effective, path, known, leaves(settings));
            settings.check(whole, problems, effective, path);
        });
        ConfigObject rest = effective.withoutKey("executor");
        for (String key : Shape.keys(CommonSettings.class)) {
            rest = rest.withoutKey(key);
        }
        ConfigObject section = rest;
        return common.map(c -> new ClusterBlock(name, executor, c, section.toConfig()));
    }

    private void executorSection(String executor, ConfigObject section, Collection<String> used) {
        String path = ROOT + "." + EXECUTORS + "." + executor;
        Optional<SectionShape> settings = plugins.settingsOf(executor);
        if (settings.isPresent()) {
            parts.refuseUnknown(section, path, keys(executor, settings.get()), leaves(settings.get()));
            settings.get().check(parts, problems, section, path);
        } else if (!used.contains(executor)) {
            // Neither a plugin nor a cluster has this name: a slip, and without this nobody would ever see it.
            problems.add(
                    path,
                    "no executor of this name is installed and no cluster uses it"
                            + Spelling.suggestion(executor, plugins.settings().keySet()),
                    section.origin());
            return;
        }
        parts.readAmongOthers(section, CommonSettings.class, path);
    }

    private void checkDefault(
            String name, ConfigObject root, Map<String, ConfigObject> written, Map<String, ClusterBlock> clusters) {
        ConfigValue value = root.get("default-cluster");
        if (!written.containsKey(name)) {
            problems.add(
                    ROOT + ".default-cluster",
                    "there is no cluster '" + name + "'" + Spelling.suggestion(name, written.keySet()),
                    value == null ? root.origin() : value.origin());
            return;
        }
        ClusterBlock block = clusters.get(name);
        if (block != null && plugins.settingsOf(block.executor()).isEmpty()) {
            ConfigObject section = written.getOrDefault(name, root);
            ConfigValue executor = section.get("executor");
            problems.add(
                    ROOT + "." + CLUSTERS + "." + name + ".executor",
                    missing(block.executor(), plugins),
                    executor == null ? section.origin() : executor.origin());
            problems.hint(plugins.whenMissing().apply(block.executor()));
        }
    }

    /** That an executor is not installed. */
    static String missing(String executor, ExecutorPlugins plugins) {
        Set<String> installed = plugins.settings().keySet();
        String near = Spelling.nearest(executor, installed)
                .map(n -> "; did you mean '" + n + "'?")
                .orElse("");
        return "no executor '" + executor + "' is installed" + near + "; installed: "
                + (installed.isEmpty() ? "none" : Spelling.listed(installed));
    }

    private static Set<String> keys(String executor, SectionShape settings) {
        Set<String> common = new LinkedHashSet<>(Shape.keys(CommonSettings.class));
        common.add("executor");
        settings.clashes().forEach((key, record) -> {
            throw clash(executor, record.getName(), key);
        });
        Set<String> own = settings.keys();
        for (String key : own) {
            if (common.contains(key)) {
                throw clash(
                        executor,
                        settings.records().get(settings.records().size() - 1).getName(),
                        key);
            }
        }
        common.remove("executor");
        common.addAll(own);
        return common;
    }

    private static PluginException clash(String executor, String record, String key) {
        return new PluginException("the settings record " + record + " of plugin '" + executor + "' has a key '" + key
                + "', which every cluster has already; the plugin must call it otherwise");
    }

    private static Collection<Shape.Leaf> leaves(SectionShape settings) {
        List<Shape.Leaf> leaves = new ArrayList<>(Shape.leaves(CommonSettings.class));
        leaves.addAll(settings.leaves());
        return leaves;
    }

    private Map<String, ConfigObject> blocks(ConfigObject all, String path) {
        Map<String, ConfigObject> blocks = new TreeMap<>();
        for (String name : all.keySet()) {
            ConfigValue value = all.get(name);
            // null takes a block away that a lower layer has.
            if (value != null && value.valueType() != ConfigValueType.NULL) {
                blocks.put(name, block(all, name, path));
            }
        }
        return blocks;
    }

    private ConfigObject block(ConfigObject parent, String key, String path) {
        ConfigValue value = parent.get(key);
        if (value instanceof ConfigObject block) {
            return block;
        }
        if (value != null && value.valueType() != ConfigValueType.NULL) {
            problems.add(path + "." + key, "must be a block { ... }, not " + RecordReader.kind(value), value.origin());
        }
        return EMPTY;
    }
}

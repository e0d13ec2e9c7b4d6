package io.clustrix.internal.plugins;

import io.clustrix.setup.PluginInfo;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.Provider;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.Spliterator;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of one kind, by name. One that is broken, or whose name is wrong or taken, is set aside with the reason
 * and told of when somebody asks for it; it never keeps the others from being used. Immutable.
 *
 * @param <P> the kind
 */
public final class Plugins<P extends Provider> {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

    /** More faults in a row than any class path has entries: then the loader does not get on. */
    private static final int MAX_FAULTS = 1000;

    /** The artifact of each plugin that Clustrix has, for who has named it and not added it. */
    private static final Map<String, String> ARTIFACTS = Map.of(
            "local", "io.clustrix:clustrix-local-executor",
            "slurm", "io.clustrix:clustrix-scheduler-slurm",
            "pbs", "io.clustrix:clustrix-scheduler-pbs",
            "sge", "io.clustrix:clustrix-scheduler-sge",
            "k8s", "io.clustrix:clustrix-scheduler-k8s",
            "ssh", "io.clustrix:clustrix-scheduler-ssh",
            "kryo", "io.clustrix:clustrix-serializer-kryo");

    /** Two plugins are called {@code ssh}: this transport, and the dialect of hosts without a scheduler. */
    private static final String SSH_TRANSPORT = "io.clustrix:clustrix-host-ssh";

    private final String kind;
    private final SortedMap<String, P> usable = new TreeMap<>();
    private final SortedMap<String, List<P>> ambiguous = new TreeMap<>();
    private final List<Fault> faults = new ArrayList<>();

    /**
     * A plugin that can't be used.
     *
     * @param what the class, or the file that names it, and where it comes from
     * @param why what is wrong with it
     * @param cause what was thrown, if anything
     */
    public record Fault(String what, String why, @Nullable Throwable cause) {
        @Override
        public String toString() {
            return what + ": " + why;
        }
    }

    private Plugins(String kind) {
        this.kind = kind;
    }

    /**
     * Finds plugins.
     *
     * @param <P> the kind
     * @param type the kind's interface
     * @param kind what the kind is called in messages, for instance {@code executor}
     * @param given plugins that need not be found; they go before those of the same names that are
     * @param loaders where to look, the most important first
     */
    public static <P extends Provider> Plugins<P> find(
            Class<P> type, String kind, List<? extends P> given, List<ClassLoader> loaders) {
        Plugins<P> plugins = new Plugins<>(kind);
        List<P> instances = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (ClassLoader loader : new LinkedHashSet<>(loaders)) {
            plugins.look(ServiceLoader.load(type, loader), seen, instances);
        }
        plugins.sort(given, instances);
        return plugins;
    }

    private void look(ServiceLoader<P> services, Set<String> seen, List<P> into) {
        Spliterator<ServiceLoader.Provider<P>> found = services.stream().spliterator();
        boolean more = true;
        while (more && faults.size() < MAX_FAULTS) {
            try {
                more = found.tryAdvance(service -> instantiate(service, seen, into));
            } catch (ServiceConfigurationError | LinkageError e) {
                String what = String.valueOf(e.getMessage());
                if (seen.add(what)) { // told once, though two loaders may see the same file
                    faults.add(new Fault("an entry in META-INF/services", what, e));
                }
            }
        }
    }

    private void instantiate(ServiceLoader.Provider<P> service, Set<String> seen, List<P> into) {
        Class<? extends P> type = service.type();
        if (!seen.add(type.getName())) {
            return;
        }
        try {
            into.add(service.get());
        } catch (ServiceConfigurationError | LinkageError e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            faults.add(new Fault(origin(type), "its constructor failed with " + root, e));
        }
    }

    private void sort(List<? extends P> given, List<P> found) {
        SortedMap<String, List<P>> byName = new TreeMap<>();
        for (P plugin : given) {
            name(plugin)
                    .ifPresent(n ->
                            byName.computeIfAbsent(n, k -> new ArrayList<>()).add(plugin));
        }
        Set<String> taken = Set.copyOf(byName.keySet());
        for (P plugin : found) {
            name(plugin)
                    .filter(n -> !taken.contains(n))
                    .ifPresent(n ->
                            byName.computeIfAbsent(n, k -> new ArrayList<>()).add(plugin));
        }
        byName.forEach((name, list) -> {
            if (list.size() == 1) {
                usable.put(name, list.get(0));
            } else {
                ambiguous.put(name, List.copyOf(list));
            }
        });
    }

    private Optional<String> name(P plugin) {
        try {
            String name = plugin.name();
            if (name != null && NAME.matcher(name).matches()) {
                return Optional.of(name);
            }
            faults.add(new Fault(
                    origin(plugin.getClass()), "its name '" + name + "' is not of the form " + NAME.pattern(), null));
        } catch (RuntimeException | LinkageError e) {
            faults.add(new Fault(origin(plugin.getClass()), "its name() threw " + e, e));
        }
        return Optional.empty();
    }

    /** Those that can be used, by name. */
    public SortedMap<String, P> usable() {
        return Collections.unmodifiableSortedMap(usable);
    }

    /** Those that can't, with the reasons; not those whose name is taken. */
    public List<Fault> faults() {
        return Collections.unmodifiableList(faults);
    }

    /** All of them as they may be shown: first those that can be used, by name. */
    public List<PluginInfo> infos() {
        List<PluginInfo> infos = new ArrayList<>();
        usable.forEach((name, plugin) -> infos.add(new PluginInfo(kind, name, origin(plugin.getClass()), "")));
        ambiguous.forEach((name, list) -> list.forEach(plugin ->
                infos.add(new PluginInfo(kind, name, origin(plugin.getClass()), "another plugin has the same name"))));
        faults.forEach(fault -> infos.add(new PluginInfo(kind, "", fault.what(), fault.why())));
        return infos;
    }

    /**
     * The plugin of a name.
     *
     * @throws PluginException if there is none, or more than one; the message lists what there is and says what to add
     */
    public P get(String name) {
        P plugin = usable.get(name);
        if (plugin != null) {
            return plugin;
        }
        throw new PluginException(
                "there is no " + kind + " plugin named '" + name + "'",
                whenMissing(name),
                faults.stream()
                        .map(Fault::cause)
                        .filter(c -> c != null)
                        .findFirst()
                        .orElse(null));
    }

    /** What to do about a plugin that {@link #get} does not find, one sentence each. */
    public List<String> whenMissing(String name) {
        List<P> several = ambiguous.get(name);
        if (several != null) {
            return List.of((several.size() == 2 ? "two" : several.size()) + " plugins are named '" + name + "': "
                    + String.join(
                            ", ",
                            several.stream().map(p -> origin(p.getClass())).toList())
                    + "; keep one of them on the class path");
        }
        List<String> hints = new ArrayList<>();
        String artifact = kind.equals("transport") && name.equals("ssh") ? SSH_TRANSPORT : ARTIFACTS.get(name);
        if (artifact != null) {
            hints.add("add " + artifact + " to the class path");
        }
        if (!usable.isEmpty()) {
            hints.add("these " + kind + " plugins are there: "
                    + String.join(
                            ", ",
                            usable.entrySet().stream()
                                    .map(e -> e.getKey() + " ("
                                            + origin(e.getValue().getClass()) + ")")
                                    .toList()));
        } else if (ambiguous.isEmpty() && faults.isEmpty()) {
            hints.add("no " + kind
                    + " plugin at all was found: if the application is a shaded jar, merge META-INF/services"
                    + " (Maven Shade: ServicesResourceTransformer; Gradle Shadow: mergeServiceFiles())");
        }
        faults.forEach(f -> hints.add("this one can't be used: " + f));
        return List.copyOf(hints);
    }

    /** A class and where it comes from, for instance {@code com.acme.Slurm from acme.jar}. */
    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return type.getName();
        }
        String path = source.getLocation().getPath();
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        // The last name is enough for a jar; a directory called 'classes' needs the way to it.
        return type.getName() + " from "
                + (path.endsWith("/") ? trimmed : trimmed.substring(trimmed.lastIndexOf('/') + 1));
    }
}

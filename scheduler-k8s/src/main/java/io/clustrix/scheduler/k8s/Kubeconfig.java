package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ConfigurationException;
import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.Context;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedCluster;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One or more kubeconfig files as one; as kubectl has it, the first file that says something wins. */
final class Kubeconfig {
    private final List<Path> files;
    private final Map<String, Entry<Context>> contexts = new LinkedHashMap<>();
    private final Map<String, Entry<Cluster>> clusters = new LinkedHashMap<>();
    private final Map<String, Entry<AuthInfo>> users = new LinkedHashMap<>();
    private @Nullable String current;

    /** Something, and the directory of its file, to which paths in it are relative. */
    record Entry<T>(T value, Path directory) {
        Path resolve(String path) {
            return directory.resolve(path);
        }
    }

    /** A context with all that belongs to it. */
    record Chosen(String name, Context context, Entry<Cluster> cluster, Entry<AuthInfo> user) {}

    private Kubeconfig(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** @throws ConfigurationException if a file can't be read, or is none of the kind */
    static Kubeconfig read(List<Path> files, KubernetesSerialization yaml) {
        Kubeconfig all = new Kubeconfig(files);
        for (Path file : files) {
            all.add(parsed(file, yaml), file.toAbsolutePath().getParent());
        }
        return all;
    }

    private static Config parsed(Path file, KubernetesSerialization yaml) {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            Config config = text.isBlank() ? new Config() : yaml.unmarshal(text, Config.class);
            return config == null ? new Config() : config;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the kubeconfig " + file + " can't be read: " + why(e),
                    List.of("see that the file is there and that this user may read it"),
                    e);
        } catch (RuntimeException e) {
            Throwable root = e.getCause() == null ? e : e.getCause();
            throw new ConfigurationException(
                    "the file " + file + " is no kubeconfig: "
                            + String.valueOf(root.getMessage()).strip(),
                    List.of("try: kubectl --kubeconfig " + file + " config view"),
                    e);
        }
    }

    static String why(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return String.valueOf(e.getMessage());
    }

    private void add(Config config, @Nullable Path parent) {
        Path directory = parent == null ? Path.of("/") : parent;
        if (current == null
                && config.getCurrentContext() != null
                && !config.getCurrentContext().isEmpty()) {
            current = config.getCurrentContext();
        }
        for (NamedContext c : some(config.getContexts())) {
            if (c.getName() != null && c.getContext() != null) {
                contexts.putIfAbsent(c.getName(), new Entry<>(c.getContext(), directory));
            }
        }
        for (NamedCluster c : some(config.getClusters())) {
            if (c.getName() != null && c.getCluster() != null) {
                clusters.putIfAbsent(c.getName(), new Entry<>(c.getCluster(), directory));
            }
        }
        for (NamedAuthInfo u : some(config.getUsers())) {
            if (u.getName() != null && u.getUser() != null) {
                users.putIfAbsent(u.getName(), new Entry<>(u.getUser(), directory));
            }
        }
    }

    private static <T> List<T> some(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    /** Whether there is nothing in it that could be used. */
    boolean isEmpty() {
        return contexts.isEmpty() && clusters.isEmpty();
    }

    /** For messages. */
    String where() {
        List<String> names = new ArrayList<>();
        files.forEach(f -> names.add(f.toString()));
        return String.join(", ", names);
    }

    /** @throws ConfigurationException if there is no such context, or a part of it is missing */
    Chosen choose(Optional<String> asked) {
        String name = asked.orElse(current);
        if (name == null) {
            throw new ConfigurationException(
                    "the kubeconfig " + where() + " has no current context", "set 'context' to " + choice());
        }
        Entry<Context> context = contexts.get(name);
        if (context == null) {
            throw new ConfigurationException(
                    "there is no context '" + name + "' in the kubeconfig " + where()
                            + (asked.isPresent() ? "" : ", which calls it the current one"),
                    "set 'context' to " + choice());
        }
        String clusterName = context.value().getCluster();
        Entry<Cluster> cluster = clusterName == null ? null : clusters.get(clusterName);
        String server = cluster == null ? null : cluster.value().getServer();
        if (cluster == null || server == null || server.isEmpty()) {
            throw new ConfigurationException("the context '" + name + "' of the kubeconfig " + where()
                    + " is of the cluster '" + clusterName + "', of which no server is given");
        }
        String userName = context.value().getUser();
        if (userName == null || userName.isEmpty()) {
            return new Chosen(name, context.value(), cluster, new Entry<>(new AuthInfo(), cluster.directory()));
        }
        Entry<AuthInfo> user = users.get(userName);
        if (user == null) {
            throw new ConfigurationException("the context '" + name + "' of the kubeconfig " + where()
                    + " is of the user '" + userName + "', who is not in it");
        }
        return new Chosen(name, context.value(), cluster, user);
    }

    private String choice() {
        if (contexts.isEmpty()) {
            return "one of its contexts, once there is one";
        }
        return "one of these: " + String.join(", ", new TreeSet<>(contexts.keySet()));
    }
}

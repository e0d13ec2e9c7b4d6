package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ConfigurationException;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.ExecConfig;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that says who we are, as clouds have them. fabric8 could start it too, but once a minute, with no limit of
 * time, and with its warnings mixed into its answer.
 */
final class ExecCredential implements Credential {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration EARLY = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int QUOTED = 1000;

    private final ExecConfig plugin;
    private final @Nullable Path relativeTo;
    private final Cluster cluster;
    private final Map<String, String> environment;
    private final KubernetesSerialization json;
    private @Nullable Answer last;
    private long askedAt;

    /** What it answered. */
    record Answer(
            @Nullable String token,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable Instant expires) {}

    ExecCredential(
            ExecConfig plugin,
            @Nullable Path relativeTo,
            Cluster cluster,
            Map<String, String> environment,
            KubernetesSerialization json) {
        this.plugin = plugin;
        this.relativeTo = relativeTo;
        this.cluster = cluster;
        this.environment = environment;
        this.json = json;
    }

    @Override
    public @Nullable String header(boolean afresh) {
        String token = answer(afresh).token();
        return token == null ? null : "Bearer " + token;
    }

    /** The answer it gave, or gives now if that is over. */
    synchronized Answer answer(boolean afresh) {
        Answer known = last;
        if (known != null) {
            Instant expires = known.expires();
            boolean over = expires != null && Instant.now().isAfter(expires.minus(EARLY));
            // Requests side by side are refused side by side.
            boolean asked = System.nanoTime() - askedAt < SOON.toNanos();
            if (asked || (!over && !afresh)) {
                return known;
            }
        }
        Answer answer = ask();
        last = answer;
        askedAt = System.nanoTime();
        return answer;
    }

    /** Messages name the program alone: its arguments may be secrets. */
    private Answer ask() {
        List<String> words = new ArrayList<>(List.of(program()));
        if (plugin.getArgs() != null) {
            words.addAll(plugin.getArgs());
        }
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(environment);
        if (plugin.getEnv() != null) {
            plugin.getEnv().forEach(v -> builder.environment().put(v.getName(), v.getValue()));
        }
        builder.environment().put("KUBERNETES_EXEC_INFO", json.asJson(question()));
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        Path errors = null;
        try {
            errors = Files.createTempFile("clustrix-exec", ".err");
            builder.redirectError(errors.toFile());
            String output = run(builder.start(), words, errors);
            return read(output, words);
        } catch (IOException e) {
            String hint = plugin.getInstallHint();
            throw new ConfigurationException(
                    "the credential plugin '" + words.get(0) + "' can't be started: " + Kubeconfig.why(e),
                    hint == null || hint.isBlank()
                            ? List.of("install it, or put it on the PATH")
                            : List.of(hint.strip()),
                    e);
        } finally {
            delete(errors);
        }
    }

    private static void delete(@Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    private String run(Process process, List<String> words, Path errors) throws IOException {
        // Nobody could stop a read that never ends; the end of the process does.
        Thread alarm = new Thread(
                () -> {
                    try {
                        if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                            process.descendants().forEach(ProcessHandle::destroyForcibly);
                            process.destroyForcibly();
                        }
                    } catch (InterruptedException e) {
                        process.destroyForcibly();
                    }
                },
                "clustrix-k8s-credential");
        alarm.setDaemon(true);
        alarm.start();
        try (InputStream out = process.getInputStream()) {
            String output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            if (exit != 0) {
                String said = Files.readString(errors, StandardCharsets.UTF_8).strip();
                throw new ConfigurationException(
                        "the credential plugin '" + words.get(0) + "' ended with exit code " + exit
                                + (said.isEmpty() ? "" : ": " + said.substring(0, Math.min(QUOTED, said.length()))),
                        "log in to the cluster's provider again, and see if kubectl works");
            }
            return output;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new ConfigurationException(
                    "the credential plugin '" + words.get(0) + "' was interrupted", List.of(), e);
        } finally {
            alarm.interrupt();
        }
    }

    private Answer read(String output, List<String> words) {
        Map<?, ?> status;
        try {
            Map<?, ?> all = json.unmarshal(output, Map.class);
            status = all != null && all.get("status") instanceof Map<?, ?> m ? m : Map.of();
        } catch (RuntimeException e) {
            throw new ConfigurationException(
                    "the credential plugin '" + words.get(0) + "' did not answer with JSON", List.of(), e);
        }
        Answer answer = new Answer(
                text(status.get("token")),
                text(status.get("clientCertificateData")),
                text(status.get("clientKeyData")),
                instant(text(status.get("expirationTimestamp"))));
        if (answer.token() == null && (answer.certificate() == null || answer.key() == null)) {
            throw new ConfigurationException(
                    "the credential plugin '" + words.get(0) + "' gave neither a token nor a client certificate");
        }
        return answer;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null || value.toString().isEmpty() ? null : value.toString();
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private String program() {
        String command = plugin.getCommand();
        boolean relative = command.contains("/") && !command.startsWith("/");
        return relative && relativeTo != null ? relativeTo.resolve(command).toString() : command;
    }

    private Map<String, Object> question() {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("interactive", false);
        if (Boolean.TRUE.equals(plugin.getProvideClusterInfo())) {
            Map<String, Object> info = new LinkedHashMap<>();
            info.put("server", cluster.getServer());
            if (cluster.getCertificateAuthorityData() != null) {
                info.put("certificate-authority-data", cluster.getCertificateAuthorityData());
            }
            spec.put("cluster", info);
        }
        return Map.of(
                "apiVersion",
                plugin.getApiVersion() == null ? "client.authentication.k8s.io/v1" : plugin.getApiVersion(),
                "kind",
                "ExecCredential",
                "spec",
                spec);
    }
}

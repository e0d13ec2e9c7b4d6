package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.Kubeconfig.Chosen;
import io.clustrix.scheduler.k8s.Kubeconfig.Entry;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.utils.BackwardsCompatibilityInterceptor;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.TokenRefreshInterceptor;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way to a Kubernetes cluster that kubectl would take: a kubeconfig, or the service account of the pod that we run
 * in. fabric8 could find it too, but listens to properties and variables of its own that kubectl does not know.
 *
 * <p>The client is made when it is first asked for, as that takes a second or more. Thread-safe.
 */
final class Connection implements AutoCloseable {
    /** How long a connection may take to be there. */
    static final Duration CONNECT = Duration.ofSeconds(10);

    /** How long one request may take, a watch and commands excepted. */
    static final Duration REQUEST = Duration.ofSeconds(30);

    private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
    private static final byte[] EC_KEY = {0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private final Optional<Path> kubeconfig;
    private final Optional<String> context;
    private final Optional<String> namespace;
    private final Path home;
    private final Map<String, String> environment;
    private final Path account;
    private @Nullable Opened opened;
    private boolean closed;

    private record Opened(KubernetesClient client, String namespace, String where) {}

    /** What was found, before anything is opened. */
    private record Found(Config config, Credential credential, String where) {}

    /**
     * Nothing is read yet.
     *
     * @param kubeconfig the only file to read; otherwise those that kubectl would
     * @param context otherwise the current one
     * @param namespace otherwise that of the context
     * @param home the user's home directory
     * @param environment the variables of this process
     */
    Connection(
            Optional<Path> kubeconfig,
            Optional<String> context,
            Optional<String> namespace,
            Path home,
            Map<String, String> environment) {
        this(kubeconfig, context, namespace, home, environment, ACCOUNT);
    }

    /** @param account where a pod has its service account */
    Connection(
            Optional<Path> kubeconfig,
            Optional<String> context,
            Optional<String> namespace,
            Path home,
            Map<String, String> environment,
            Path account) {
        this.kubeconfig = kubeconfig;
        this.context = context;
        this.namespace = namespace;
        this.home = home;
        this.environment = Map.copyOf(environment);
        this.account = account;
    }

    /**
     * The client; the first call makes it.
     *
     * @throws ConfigurationException if there is nothing to make it from, or not all of it
     */
    KubernetesClient client() {
        return opened().client();
    }

    /** The namespace that everything is made in. */
    String namespace() {
        return opened().namespace();
    }

    /** The server and where it was found, for messages. */
    String where() {
        return opened().where();
    }

    private synchronized Opened opened() {
        if (closed) {
            throw new HostException(
                    Fault.BUG, false, "Kubernetes was to be asked after its connection was closed", List.of(), null);
        }
        Opened there = opened;
        if (there == null) {
            there = open();
            opened = there;
        }
        return there;
    }

    private Opened open() {
        KubernetesSerialization serialization = new KubernetesSerialization();
        Found found = find(serialization);
        Config config = found.config();
        config.setConnectionTimeout((int) CONNECT.toMillis());
        config.setRequestTimeout((int) REQUEST.toMillis());
        // Api repeats what may be repeated, and knows how often.
        config.setRequestRetryBackoffLimit(0);
        config.setUserAgent("clustrix");
        // A connection that is dead without a sign is left with the request that hangs in it, and not shared by all.
        config.setHttp2Disable(true);
        proxy(config);
        try {
            KubernetesClient client = new KubernetesClientBuilder()
                    .withConfig(config)
                    .withKubernetesSerialization(serialization)
                    .withHttpClientFactory(new HttpThreads())
                    .withHttpClientBuilderConsumer(b -> b.addOrReplaceInterceptor(
                                    TokenRefreshInterceptor.NAME, new Authorization(found.credential()))
                            .addOrReplaceInterceptor(BackwardsCompatibilityInterceptor.NAME, null))
                    .build();
            return new Opened(client, config.getNamespace(), found.where());
        } catch (RuntimeException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new ConfigurationException(
                    "no client for Kubernetes can be made from " + found.where() + ": " + root,
                    List.of("see if kubectl works with it; certificates and keys must be PEM"),
                    e);
        }
    }

    private Found find(KubernetesSerialization serialization) {
        List<Path> files = files();
        if (!files.isEmpty()) {
            Kubeconfig read = Kubeconfig.read(files, serialization);
            // As kubectl: what says nothing does not keep us from the pod's account.
            if (!read.isEmpty() || kubeconfig.isPresent() || !inPod()) {
                return of(read, files, serialization);
            }
        }
        if (inPod()) {
            return ofPod();
        }
        throw new ConfigurationException(
                "no way to a Kubernetes cluster is known: there is no kubeconfig (looked for "
                        + String.join(", ", looked()) + "), and this is no pod of a cluster",
                "set 'kubeconfig', or the variable KUBECONFIG, to the file that kubectl uses",
                "in a pod, let it have its service account's token (automountServiceAccountToken)");
    }

    private List<String> looked() {
        String variable = environment.getOrDefault("KUBECONFIG", "");
        return variable.isBlank()
                ? List.of(home.resolve(".kube/config").toString())
                : List.of("KUBECONFIG=" + variable);
    }

    private List<Path> files() {
        if (kubeconfig.isPresent()) {
            return List.of(kubeconfig.get());
        }
        String variable = environment.getOrDefault("KUBECONFIG", "");
        List<Path> candidates = variable.isBlank()
                ? List.of(home.resolve(".kube/config"))
                : Arrays.stream(variable.split(java.io.File.pathSeparator, -1))
                        .filter(s -> !s.isBlank())
                        .distinct()
                        .map(Path::of)
                        .toList();
        // What is there and can't be read is an error, what isn't is none.
        return candidates.stream().filter(Files::exists).toList();
    }

    private boolean inPod() {
        return !environment.getOrDefault("KUBERNETES_SERVICE_HOST", "").isEmpty()
                && !environment.getOrDefault("KUBERNETES_SERVICE_PORT", "").isEmpty()
                && Files.exists(account.resolve("token"));
    }

    private Found ofPod() {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        String server = "https://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":"
                + environment.getOrDefault("KUBERNETES_SERVICE_PORT", "");
        Config config = Config.empty();
        config.setMasterUrl(server);
        Path ca = account.resolve("ca.crt");
        if (Files.exists(ca)) {
            config.setCaCertFile(ca.toString());
        }
        config.setNamespace(namespace.orElseGet(this::podNamespace));
        TokenFile token = new TokenFile(account.resolve("token"));
        token.header(true);
        return new Found(config, token, server + " (this pod's service account)");
    }

    private String podNamespace() {
        String variable = environment.getOrDefault("POD_NAMESPACE", "");
        if (!variable.isBlank()) {
            return variable;
        }
        try {
            String text = Files.readString(account.resolve("namespace"), StandardCharsets.UTF_8)
                    .strip();
            return text.isEmpty() ? "default" : text;
        } catch (IOException e) {
            return "default";
        }
    }

    private Found of(Kubeconfig read, List<Path> files, KubernetesSerialization serialization) {
        Chosen chosen = read.choose(context);
        String where =
                chosen.cluster().value().getServer() + " (context '" + chosen.name() + "' of " + read.where() + ")";
        Config config = Config.empty();
        server(config, chosen.cluster(), where);
        Credential credential = user(config, chosen, where, files, serialization);
        String own = chosen.context().getNamespace();
        config.setNamespace(namespace.orElse(own == null || own.isEmpty() ? "default" : own));
        return new Found(config, credential, where);
    }

    private static void server(Config config, Entry<Cluster> entry, String where) {
        Cluster cluster = entry.value();
        config.setMasterUrl(cluster.getServer());
        if (Boolean.TRUE.equals(cluster.getInsecureSkipTlsVerify())) {
            config.setTrustCerts(true);
            config.setDisableHostnameVerification(true);
        } else if (given(cluster.getCertificateAuthorityData())) {
            config.setCaCertData(cluster.getCertificateAuthorityData());
        } else if (given(cluster.getCertificateAuthority())) {
            config.setCaCertFile(file(entry, cluster.getCertificateAuthority(), "certificate-authority", where));
        }
        if (given(cluster.getTlsServerName())) {
            throw new ConfigurationException(
                    "tls-server-name, which is set for " + where + ", is not supported",
                    "use a server address that its certificate names");
        }
        if (given(cluster.getProxyUrl())) {
            config.setHttpProxy(cluster.getProxyUrl());
            config.setHttpsProxy(cluster.getProxyUrl());
        }
    }

    private Credential user(
            Config config, Chosen chosen, String where, List<Path> files, KubernetesSerialization serialization) {
        Entry<AuthInfo> entry = chosen.user();
        AuthInfo user = entry.value();
        impersonate(config, user);
        if (given(user.getClientCertificateData())) {
            config.setClientCertData(user.getClientCertificateData());
        } else if (given(user.getClientCertificate())) {
            config.setClientCertFile(file(entry, user.getClientCertificate(), "client-certificate", where));
        }
        if (given(user.getClientKeyData())) {
            key(config, user.getClientKeyData());
        } else if (given(user.getClientKey())) {
            key(config, encoded(file(entry, user.getClientKey(), "client-key", where)));
        }
        if (given(user.getTokenFile())) {
            TokenFile token = new TokenFile(entry.resolve(user.getTokenFile()));
            token.header(true);
            return token;
        }
        if (given(token(user))) {
            return new Reread(
                    token(user),
                    () -> token(Kubeconfig.read(files, serialization)
                            .choose(Optional.of(chosen.name()))
                            .user()
                            .value()));
        }
        if (given(user.getUsername())) {
            String pair = user.getUsername() + ":" + (user.getPassword() == null ? "" : user.getPassword());
            String header = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
            return afresh -> afresh ? null : header;
        }
        if (user.getExec() != null) {
            ExecCredential plugin = new ExecCredential(
                    user.getExec(), entry.directory(), chosen.cluster().value(), environment, serialization);
            ExecCredential.Answer answer = plugin.answer(false);
            if (answer.certificate() != null && answer.key() != null) {
                config.setClientCertData(base64(answer.certificate()));
                key(config, base64(answer.key()));
            }
            return plugin;
        }
        if (user.getAuthProvider() != null) {
            throw new ConfigurationException(
                    "the user of " + where + " has an auth-provider ('"
                            + user.getAuthProvider().getName() + "') without a token; kubectl has given these up too",
                    "use the credential plugin (exec) of the provider");
        }
        return Credential.NONE;
    }

    private static void impersonate(Config config, AuthInfo user) {
        if (given(user.getAs())) {
            config.setImpersonateUsername(user.getAs());
            if (user.getAsGroups() != null) {
                config.setImpersonateGroups(user.getAsGroups().toArray(new String[0]));
            }
            if (user.getAsUserExtra() != null) {
                config.setImpersonateExtras(new LinkedHashMap<>(user.getAsUserExtra()));
            }
        }
    }

    private static @Nullable String token(AuthInfo user) {
        if (given(user.getToken()) || user.getAuthProvider() == null) {
            return user.getToken();
        }
        Map<String, String> provider = user.getAuthProvider().getConfig();
        if (provider == null) {
            return null;
        }
        return provider.getOrDefault("access-token", provider.get("id-token"));
    }

    private static boolean given(@Nullable String value) {
        return value != null && !value.isEmpty();
    }

    private static String file(Entry<?> entry, String path, String key, String where) {
        Path file = entry.resolve(path);
        if (!Files.isReadable(file)) {
            throw new ConfigurationException(
                    "the file " + file + " (" + key + ") of " + where + " can't be read: "
                            + (Files.exists(file) ? "permission denied" : "there is no such file"),
                    "see that the file is there and that this user may read it");
        }
        return file.toString();
    }

    private static String encoded(String file) {
        try {
            return Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(file)));
        } catch (IOException e) {
            throw new ConfigurationException("the file " + file + " can't be read: " + Kubeconfig.why(e), List.of(), e);
        }
    }

    private static String base64(String pem) {
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
    }

    // fabric8 takes a key for one of RSA unless its first line says EC, which that of PKCS #8 does not.
    private static void key(Config config, String data) {
        config.setClientKeyData(data);
        String algorithm = "RSA";
        try {
            String pem = new String(Base64.getMimeDecoder().decode(data), StandardCharsets.UTF_8);
            String body = pem.replaceAll("-----[^-]*-----", "");
            if (pem.contains("BEGIN EC PRIVATE KEY")
                    || contains(Base64.getMimeDecoder().decode(body), EC_KEY)) {
                algorithm = "EC";
            }
        } catch (IllegalArgumentException e) {
            // fabric8 says what is wrong with it.
        }
        config.setClientKeyAlgo(algorithm);
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int i = 0; i + part.length <= all.length; i++) {
            if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    // As Go has it: the variables are looked at in capitals and small letters, and never for this machine.
    private void proxy(Config config) {
        URI server = URI.create(config.getMasterUrl());
        String host = String.valueOf(server.getHost()).toLowerCase(Locale.ROOT);
        if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
            return;
        }
        boolean plain = "http".equals(server.getScheme());
        if (!given(config.getHttpsProxy()) && !given(config.getHttpProxy())) {
            String proxy = variable(plain ? "HTTP_PROXY" : "HTTPS_PROXY");
            if (given(proxy)) {
                config.setHttpProxy(proxy);
                config.setHttpsProxy(proxy);
                List<String> none = new ArrayList<>();
                for (String part : variable("NO_PROXY").split(",", -1)) {
                    if (!part.isBlank()) {
                        none.add(part.strip().replaceFirst("^\\*", ""));
                    }
                }
                config.setNoProxy(none.toArray(new String[0]));
            }
        }
    }

    private String variable(String name) {
        String value = environment.get(name);
        return value != null ? value : environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** Ends what runs over it. Calling it again does nothing. */
    @Override
    public void close() {
        Opened there;
        synchronized (this) {
            closed = true;
            there = opened;
            opened = null;
        }
        if (there != null) {
            there.client().close();
        }
    }

    /** A token of a kubeconfig, which is looked at again when the server refuses it: somebody may have renewed it. */
    private static final class Reread implements Credential {
        private final java.util.function.Supplier<@Nullable String> source;
        private volatile @Nullable String token;

        Reread(@Nullable String token, java.util.function.Supplier<@Nullable String> source) {
            this.token = token;
            this.source = source;
        }

        @Override
        public @Nullable String header(boolean afresh) {
            if (afresh) {
                try {
                    token = source.get();
                } catch (ConfigurationException e) {
                    return null;
                }
            }
            return token == null ? null : "Bearer " + token;
        }
    }

    /** Puts the header into requests, and once more when it was refused and there is another one. */
    private static final class Authorization implements Interceptor {
        private final Credential credential;

        Authorization(Credential credential) {
            this.credential = credential;
        }

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            String header = credential.header(false);
            if (header != null) {
                builder.setHeader("Authorization", header);
            }
        }

        @Override
        public CompletableFuture<Boolean> afterFailure(
                BasicBuilder builder, HttpResponse<?> response, RequestTags tags) {
            if (response.code() != 401) {
                return CompletableFuture.completedFuture(false);
            }
            String before = response.request().header("Authorization");
            try {
                String header = credential.header(true);
                if (header == null || header.equals(before)) {
                    return CompletableFuture.completedFuture(false);
                }
                builder.setHeader("Authorization", header);
                return CompletableFuture.completedFuture(true);
            } catch (ConfigurationException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }
}

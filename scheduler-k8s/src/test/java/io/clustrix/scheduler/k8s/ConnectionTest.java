package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The way to a cluster is kubectl's")
class ConnectionTest {
    @TempDir
    Path home;

    private final Map<String, String> environment = new HashMap<>();

    private Connection connection(@Nullable String kubeconfig, @Nullable String context, @Nullable String namespace) {
        return new Connection(
                Optional.ofNullable(kubeconfig).map(home::resolve),
                Optional.ofNullable(context),
                Optional.ofNullable(namespace),
                home,
                environment,
                home.resolve("account"));
    }

    private Path write(String file, String text) throws IOException {
        Path path = home.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private Path kubeconfig(String file, String current, String... contexts) throws IOException {
        StringBuilder text = new StringBuilder("apiVersion: v1\nkind: Config\n");
        if (!current.isEmpty()) {
            text.append("current-context: ").append(current).append('\n');
        }
        text.append("contexts:\n");
        for (String c : contexts) {
            text.append("- name: ")
                    .append(c)
                    .append("\n  context: {cluster: c-")
                    .append(c)
                    .append(", user: u-")
                    .append(c)
                    .append(", namespace: ns-")
                    .append(c)
                    .append("}\n");
        }
        text.append("clusters:\n");
        for (String c : contexts) {
            text.append("- name: c-")
                    .append(c)
                    .append("\n  cluster: {server: \"https://")
                    .append(c)
                    .append(".")
                    .append(file.replaceAll("\\W", "-"))
                    .append(":6443\"}\n");
        }
        text.append("users:\n");
        for (String c : contexts) {
            text.append("- name: u-")
                    .append(c)
                    .append("\n  user: {token: t-")
                    .append(c)
                    .append("}\n");
        }
        return write(file, text.toString());
    }

    private static String server(Connection connection) {
        return connection.client().getConfiguration().getMasterUrl();
    }

    private static ClustrixException error(Connection connection) {
        try {
            connection.client();
            throw new AssertionError("no error");
        } catch (ClustrixException e) {
            return e;
        } finally {
            connection.close();
        }
    }

    @Test
    @DisplayName("a file that is named goes before the variable, that before the one in the home directory")
    void order() throws IOException {
        kubeconfig(".kube/config", "a", "a", "b");
        kubeconfig("other", "o", "o");
        kubeconfig("named", "n", "n");
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).isEqualTo("https://a.-kube-config:6443/");
            assertThat(c.namespace()).isEqualTo("ns-a");
            assertThat(c.where()).contains("context 'a'").contains(".kube/config");
        }
        environment.put("KUBECONFIG", home.resolve("other").toString());
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).isEqualTo("https://o.other:6443/");
        }
        try (Connection c = connection("named", null, "mine")) {
            assertThat(server(c)).isEqualTo("https://n.named:6443/");
            assertThat(c.namespace()).isEqualTo("mine");
        }
    }

    @Test
    @DisplayName("several files are one: the first that says something wins, and those that are not there are left out")
    void merged() throws IOException {
        kubeconfig("one", "", "a");
        kubeconfig("two", "b", "a", "b");
        environment.put("KUBECONFIG", home.resolve("one") + ":" + home.resolve("none") + ":" + home.resolve("two"));
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).isEqualTo("https://b.two:6443/");
        }
        try (Connection c = connection(null, "a", null)) {
            assertThat(server(c)).isEqualTo("https://a.one:6443/");
        }
    }

    @Test
    @DisplayName("a context that is not there is an error that lists those which are")
    void noSuchContext() throws IOException {
        kubeconfig(".kube/config", "a", "b", "a");
        assertThat(error(connection(null, "x", null)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no context 'x'")
                .hasMessageContaining(home.resolve(".kube/config").toString())
                .hasMessageContaining("one of these: a, b");
        kubeconfig(".kube/config", "", "b");
        assertThat(error(connection(null, null, null)))
                .hasMessageContaining("no current context")
                .hasMessageContaining("one of these: b");
    }

    @Test
    @DisplayName("where there is nothing, the error says where it was looked for")
    void nothing() {
        assertThat(error(connection(null, null, null)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(home.resolve(".kube/config").toString())
                .hasMessageContaining("KUBECONFIG");
        assertThat(error(connection("named", null, null)))
                .hasMessageContaining(home.resolve("named").toString())
                .hasMessageContaining("there is no such file");
    }

    @Test
    @DisplayName("files that can't be read, or are no kubeconfig, are errors that name them")
    void unreadable() throws IOException {
        Path broken = write("broken", "contexts: [");
        assertThat(error(connection("broken", null, null))).hasMessageContaining(broken + " is no kubeconfig");
        write("files", """
                current-context: a
                contexts: [{name: a, context: {cluster: a, user: a}}]
                clusters: [{name: a, cluster: {server: "https://a:1", certificate-authority: ca.pem}}]
                users: [{name: a, user: {token: t}}]
                """);
        assertThat(error(connection("files", null, null)))
                .hasMessageContaining(home.resolve("ca.pem").toString())
                .hasMessageContaining("there is no such file");
        Path secret = kubeconfig("secret", "a", "a");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
        if (!Files.isReadable(secret)) {
            assertThat(error(connection("secret", null, null))).hasMessageContaining("permission denied");
        }
    }

    @Test
    @DisplayName("in a pod without a kubeconfig it is the service account's")
    void pod() throws IOException {
        environment.put("KUBERNETES_SERVICE_HOST", "10.1.2.3");
        environment.put("KUBERNETES_SERVICE_PORT", "443");
        write("account/token", "t1");
        write("account/namespace", "of-pod\n");
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).isEqualTo("https://10.1.2.3:443/");
            assertThat(c.namespace()).isEqualTo("of-pod");
        }
        environment.put("KUBERNETES_SERVICE_HOST", "fd00::1");
        try (Connection c = connection(null, null, "mine")) {
            assertThat(server(c)).isEqualTo("https://[fd00::1]:443/");
            assertThat(c.namespace()).isEqualTo("mine");
        }
        kubeconfig(".kube/config", "a", "a");
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).startsWith("https://a.");
        }
    }

    @Test
    @DisplayName("a token's file is read again when the server has refused the last one, or after a minute")
    void tokenFile() throws IOException {
        Path file = write("token", "t1\n");
        TokenFile token = new TokenFile(file);
        assertThat(token.header(false)).isEqualTo("Bearer t1");
        write("token", "t2\n");
        assertThat(token.header(false)).isEqualTo("Bearer t1");
        assertThat(token.header(true)).isEqualTo("Bearer t2");
        Files.delete(file);
        assertThat(token.header(true)).isEqualTo("Bearer t2");
        assertThatThrownBy(() -> new TokenFile(file).header(false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(file.toString());
    }

    private void plugin(String script) throws IOException {
        Path program = write("bin/plugin", "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        write(".kube/config", """
                current-context: a
                contexts: [{name: a, context: {cluster: a, user: a}}]
                clusters: [{name: a, cluster: {server: "https://a:1"}}]
                users:
                - name: a
                  user:
                    exec:
                      apiVersion: client.authentication.k8s.io/v1
                      command: ../bin/plugin
                      args: [one, "two words"]
                      env: [{name: EXTRA, value: e}]
                      installHint: get it from the shop
                """);
    }

    @Test
    @DisplayName("a credential plugin is run with its words, and its warnings are no part of its answer")
    void plugins() throws IOException {
        plugin("""
                echo "a warning" >&2
                echo "$1|$2|$EXTRA|$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/asked"
                echo '{"kind": "ExecCredential", "status": {"token": "secret"}}'
                """);
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).isEqualTo("https://a:1/");
        }
        assertThat(Files.readString(home.resolve("bin/asked")))
                .startsWith("one|two words|e|{")
                .contains("client.authentication.k8s.io/v1");
        plugin("echo log in again >&2; exit 4");
        assertThat(error(connection(null, null, null)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("exit code 4: log in again");
        plugin("echo nonsense");
        assertThat(error(connection(null, null, null))).hasMessageContaining("did not answer with JSON");
        Files.delete(home.resolve("bin/plugin"));
        assertThat(error(connection(null, null, null))).hasMessageContaining("get it from the shop");
    }

    @Test
    @DisplayName("properties that only fabric8 knows change nothing, and its own repeats are off")
    void noSurprise() throws IOException {
        kubeconfig(".kube/config", "a", "a");
        List<String> names = List.of("kubernetes.master", "kubernetes.namespace", "kubernetes.auth.token");
        names.forEach(n -> System.setProperty(n, "https://elsewhere"));
        try (Connection c = connection(null, null, null)) {
            assertThat(server(c)).startsWith("https://a.");
            assertThat(c.namespace()).isEqualTo("ns-a");
            assertThat(c.client().getConfiguration().getAutoOAuthToken()).isNull();
            assertThat(c.client().getConfiguration().getRequestRetryBackoffLimit())
                    .isZero();
        } finally {
            names.forEach(System::clearProperty);
        }
    }

    @Test
    @DisplayName("what is closed is not opened again")
    void closed() throws IOException {
        kubeconfig(".kube/config", "a", "a");
        Connection c = connection(null, null, null);
        assertThat(server(c)).isNotEmpty();
        c.close();
        c.close();
        assertThat(error(c)).hasMessageContaining("closed");
    }
}

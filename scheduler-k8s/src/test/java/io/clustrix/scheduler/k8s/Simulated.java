package io.clustrix.scheduler.k8s;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** An API server that answers what it is told to, with bodies as real ones sent them. */
final class Simulated implements AutoCloseable {
    static final String JOBS = "/apis/batch/v1/namespaces/n/jobs";
    static final String PODS = "/api/v1/namespaces/n/pods";
    static final Api.Limits QUICK =
            new Api.Limits(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofMillis(20));

    private final WireMockServer server = new WireMockServer(WireMockConfiguration.options()
            .dynamicPort()
            .bindAddress("127.0.0.1")
            .containerThreads(40)
            .jettyStopTimeout(100L));
    private final Path kubeconfig;
    private final Connection connection;

    Simulated(Path directory) throws IOException {
        server.start();
        kubeconfig = directory.resolve("kubeconfig");
        token("first");
        connection = new Connection(Optional.of(kubeconfig), Optional.empty(), Optional.empty(), directory, Map.of());
    }

    /** Writes the kubeconfig with a token. */
    void token(String token) throws IOException {
        Files.writeString(kubeconfig, """
                current-context: c
                contexts: [{name: c, context: {cluster: c, user: u, namespace: n}}]
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: u, user: {token: %s}}]
                """.formatted(server.port(), token));
    }

    WireMockServer server() {
        return server;
    }

    Connection connection() {
        return connection;
    }

    Api api() {
        return new Api(connection, QUICK);
    }

    /** A body as it was recorded, for instance {@code 1.20.2/exists}. */
    static String recorded(String name) {
        try (InputStream in = Simulated.class.getResourceAsStream("/answers/" + name + ".json")) {
            if (in == null) {
                throw new IllegalArgumentException(name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ResponseDefinitionBuilder answer(int code, String body) {
        return WireMock.aResponse()
                .withStatus(code)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    static Job job(String name) {
        return new JobBuilder().withNewMetadata().withName(name).endMetadata().build();
    }

    @Override
    public void close() {
        connection.close();
        server.stop();
    }
}

package io.clustrix.scheduler.k8s;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static io.clustrix.scheduler.k8s.Simulated.JOBS;
import static io.clustrix.scheduler.k8s.Simulated.answer;
import static io.clustrix.scheduler.k8s.Simulated.job;
import static io.clustrix.scheduler.k8s.Simulated.recorded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.HostException;
import io.clustrix.spi.SchedulerException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Answers of the API server that are errors")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ApiFaultsTest {
    private Simulated cluster;
    private WireMockServer server;
    private Api api;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        cluster = new Simulated(directory);
        server = cluster.server();
        api = cluster.api();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private ClustrixException refusal(int code, String body) {
        server.stubFor(post(urlPathEqualTo(JOBS)).willReturn(answer(code, body)));
        ClustrixException e = catchThrowableOfType(ClustrixException.class, () -> api.create(job("j")));
        assertThat(e).isNotNull();
        return e;
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.20.2", "1.32.13"})
    @DisplayName("409: the Job that is there is the answer")
    void exists(String version) throws InterruptedException {
        server.stubFor(post(urlPathEqualTo(JOBS)).willReturn(answer(409, recorded(version + "/exists"))));
        server.stubFor(get(urlPathEqualTo(JOBS + "/j")).willReturn(answer(200, recorded(version + "/job"))));
        Api.Created created = api.create(job("j"));
        assertThat(created.existed()).isTrue();
        assertThat(created.job().getMetadata().getUid()).isNotEmpty();
        assertThat(api.requests()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.20.2", "1.32.13"})
    @DisplayName("400, 413, 422: a refusal in the server's words")
    void refused(String version) {
        assertThat(refusal(422, recorded(version + "/invalid")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("spec.template.spec.restartPolicy: Required value")
                .matches(e -> !e.retryable());
        assertThat(refusal(400, recorded(version + "/bad-quantity")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("quantities must match");
        assertThat(refusal(413, recorded(version + "/too-large")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("limit is 3145728");
        assertThat(api.requests()).as("none is repeated").isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.20.2", "1.32.13"})
    @DisplayName("403: a right that is missing is named with its verb, resource and namespace")
    void forbidden(String version) {
        assertThat(refusal(403, recorded(version + "/forbidden")))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("grant the verb 'create' on 'jobs.batch' in the namespace 'c-apierr'"
                        + " to 'system:serviceaccount:c-apierr:runner'")
                .matches(e -> !e.retryable() && e.fault() == io.clustrix.spi.Fault.CONFIGURATION);
        assertThat(refusal(403, recorded(version + "/anonymous"))).hasMessageContaining("no credential was sent");
        assertThat(refusal(403, recorded(version + "/terminating")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("being deleted");
    }

    @Test
    @DisplayName("403: a quota and an admission plugin are refusals of the Job")
    void admission() {
        String status = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Forbidden\","
                + "\"code\":403,\"message\":\"%s\"}";
        assertThat(refusal(
                        403,
                        status.formatted("jobs.batch \\\"j\\\" is forbidden: exceeded quota: q, requested: pods=1")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("exceeded quota: q")
                .hasMessageContaining("kubectl describe resourcequota");
        assertThat(refusal(403, status.formatted("admission webhook \\\"w\\\" denied the request: no team label")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("no team label");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.20.2", "1.32.13"})
    @DisplayName("404: of an object it is an answer, of the namespace an error")
    void notFound(String version) throws InterruptedException {
        server.stubFor(any(urlPathEqualTo(JOBS + "/nope")).willReturn(answer(404, recorded(version + "/not-found"))));
        assertThat(api.job("nope")).isEmpty();
        assertThat(api.deleteJob("nope")).isFalse();
        assertThat(refusal(404, recorded(version + "/no-namespace")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("kubectl get namespaces");
        server.stubFor(get(urlPathEqualTo(JOBS + "/other")).willReturn(answer(404, "<html>not here</html>")));
        assertThatThrownBy(() -> api.job("other"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("no Kubernetes API");
    }

    @Test
    @DisplayName("deletion takes the pods along, in the background")
    void background() throws InterruptedException {
        server.stubFor(delete(urlPathEqualTo(JOBS + "/j")).willReturn(answer(200, recorded("1.20.2/job"))));
        assertThat(api.deleteJob("j")).isTrue();
        server.verify(deleteRequestedFor(urlPathEqualTo(JOBS + "/j"))
                .withRequestBody(equalToJson("{\"propagationPolicy\":\"Background\"}")));
    }

    @Test
    @DisplayName("429 and 5xx are repeated, not before Retry-After")
    void repeated() throws InterruptedException {
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .inScenario("s")
                .willReturn(answer(429, recorded("1.20.2/too-many")).withHeader("Retry-After", "1"))
                .willSetStateTo("two"));
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .inScenario("s")
                .whenScenarioStateIs("two")
                .willReturn(answer(500, "broken"))
                .willSetStateTo("three"));
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .inScenario("s")
                .whenScenarioStateIs("three")
                .willReturn(answer(200, recorded("1.20.2/job"))));
        long begun = System.nanoTime();
        assertThat(api.job("j")).isPresent();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(api.requests()).isEqualTo(3);
    }

    @Test
    @DisplayName("what stays an error is repeated a few times, and then told as one that may pass")
    void staysBroken() {
        ClustrixException e = refusal(503, "not yet");
        assertThat(e)
                .isInstanceOf(HostException.class)
                .hasMessageContaining("HTTP 503")
                .hasMessageContaining("not yet");
        assertThat(e.retryable()).isTrue();
        assertThat(api.requests()).isEqualTo(6);
    }

    @Test
    @DisplayName("a connection that is cut is repeated, and one that is refused told as such")
    void unreachable() throws InterruptedException {
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .inScenario("s")
                .willReturn(answer(200, "").withFault(Fault.CONNECTION_RESET_BY_PEER))
                .willSetStateTo("good"));
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .inScenario("s")
                .whenScenarioStateIs("good")
                .willReturn(answer(200, recorded("1.20.2/job"))));
        assertThat(api.job("j")).isPresent();
        server.stop();
        assertThatThrownBy(() -> api.job("j"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("can't be reached")
                .hasMessageContaining("context 'c'")
                .matches(e -> ((HostException) e).retryable());
    }

    @Test
    @DisplayName("an answer that comes too slowly is given up in time")
    void slowBody() {
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .willReturn(answer(200, recorded("1.20.2/job")).withChunkedDribbleDelay(10, 120_000)));
        Api hasty = new Api(
                cluster.connection(),
                new Api.Limits(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofMillis(10)));
        long begun = System.nanoTime();
        assertThatThrownBy(() -> hasty.job("j"))
                .isInstanceOf(HostException.class)
                // The second, where even its head came late.
                .hasMessageMatching("(?s).*(no answer within|request timed out).*");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
    }

    @Test
    @DisplayName("401: a token that was renewed meanwhile is read and sent; the old one is not sent twice")
    void renewed() throws Exception {
        server.stubFor(any(anyUrl()).willReturn(answer(401, recorded("1.20.2/unauthorized"))));
        server.stubFor(get(urlPathEqualTo(JOBS + "/j"))
                .withHeader("Authorization", equalTo("Bearer second"))
                .willReturn(answer(200, recorded("1.20.2/job"))));
        assertThatThrownBy(() -> api.job("j"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("does not know who we are")
                .matches(e -> !((HostException) e).retryable());
        server.verify(1, getRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer first")));
        cluster.token("second");
        assertThat(api.job("j")).isPresent();
        assertThat(api.job("j")).isPresent();
        server.verify(2, getRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer first")));
        server.verify(2, getRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer second")));
    }

    @Test
    @DisplayName("a long list comes in pages, and begins anew when the server has forgotten it")
    void pages() throws InterruptedException {
        String item = "{\"metadata\":{\"name\":\"%s\"}}";
        String page = "{\"kind\":\"JobList\",\"apiVersion\":\"batch/v1\",\"metadata\":{\"resourceVersion\":\"5\""
                + "%s},\"items\":[%s]}";
        server.stubFor(get(urlPathEqualTo(JOBS))
                .willReturn(answer(200, page.formatted(",\"continue\":\"more\"", item.formatted("a")))));
        server.stubFor(get(urlPathEqualTo(JOBS))
                .withQueryParam("continue", equalTo("more"))
                .inScenario("s")
                .willReturn(answer(410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}"))
                .willSetStateTo("good"));
        server.stubFor(get(urlPathEqualTo(JOBS))
                .withQueryParam("continue", equalTo("more"))
                .inScenario("s")
                .whenScenarioStateIs("good")
                .willReturn(answer(200, page.formatted("", item.formatted("b")))));
        assertThat(api.jobs(Map.of("l", "v")))
                .extracting(j -> j.getMetadata().getName())
                .containsExactly("a", "b");
        server.verify(4, getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("labelSelector", equalTo("l=v")));
    }

    @Test
    @DisplayName("an answer that is no JSON is told with its beginning")
    void nonsense() {
        server.stubFor(get(urlPathEqualTo(JOBS + "/j")).willReturn(answer(200, "<html>log in here</html>")));
        assertThatThrownBy(() -> api.job("j")).isInstanceOf(HostException.class).hasMessageContaining("log in here");
    }
}

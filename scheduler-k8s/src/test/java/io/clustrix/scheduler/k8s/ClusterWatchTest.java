package io.clustrix.scheduler.k8s;

import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static io.clustrix.scheduler.k8s.Simulated.JOBS;
import static io.clustrix.scheduler.k8s.Simulated.PODS;
import static io.clustrix.scheduler.k8s.Simulated.answer;
import static io.clustrix.scheduler.k8s.Simulated.recorded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The watch of Jobs and pods, where the API server has its bad days")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ClusterWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Map<String, String> LABELS = Map.of("l", "v");
    private static final Reflection.Limits QUICK = new Reflection.Limits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMillis(500),
            Duration.ofMinutes(1),
            Duration.ofMillis(10),
            Duration.ofMillis(100));

    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private Simulated cluster;
    private WireMockServer server;
    private ClusterWatch watch;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        cluster = new Simulated(directory);
        server = cluster.server();
        watch = new ClusterWatch(cluster.api(), LABELS, changed::add, QUICK);
        server.stubFor(get(urlPathEqualTo(PODS)).willReturn(answer(200, list("Pod", "v1", 1))));
        server.stubFor(get(urlPathEqualTo(PODS))
                .withQueryParam("watch", equalTo("true"))
                .willReturn(quiet()));
    }

    @AfterEach
    void stop() {
        watch.close();
        cluster.close();
    }

    private static String list(String kind, String version, int resourceVersion, String... items) {
        return "{\"kind\":\"" + kind + "List\",\"apiVersion\":\"" + version + "\",\"metadata\":{\"resourceVersion\":\""
                + resourceVersion + "\"},\"items\":[" + String.join(",", items) + "]}";
    }

    private static String job(String name, int version, String condition) {
        return ("{\"kind\":\"Job\",\"apiVersion\":\"batch/v1\",\"metadata\":{\"name\":\"%s\",\"uid\":\"u-%s\","
                        + "\"resourceVersion\":\"%d\"},\"status\":{\"conditions\":[%s]}}")
                .formatted(
                        name,
                        name,
                        version,
                        condition.isEmpty() ? "" : "{\"type\":\"" + condition + "\",\"status\":\"True\"}");
    }

    private static String event(String type, String object) {
        return "{\"type\":\"" + type + "\",\"object\":" + object + "}\n";
    }

    /** A watch on which nothing happens. */
    private static ResponseDefinitionBuilder quiet() {
        return answer(200, "\n".repeat(200)).withChunkedDribbleDelay(200, 30_000);
    }

    /** Answers to lists of Jobs, one after the other; the last for ever. */
    private void lists(ResponseDefinitionBuilder... answers) {
        scenario("list", null, answers);
    }

    private void watches(ResponseDefinitionBuilder... answers) {
        scenario("watch", "true", answers);
    }

    private void scenario(
            String name, @org.jspecify.annotations.Nullable String watched, ResponseDefinitionBuilder... answers) {
        for (int i = 0; i < answers.length; i++) {
            server.stubFor(get(urlPathEqualTo(JOBS))
                    .withQueryParam("watch", watched == null ? absent() : equalTo(watched))
                    .inScenario(name)
                    .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "after " + i)
                    .willReturn(answers[i])
                    .willSetStateTo("after " + Math.min(i + 1, answers.length - 1)));
            if (i == answers.length - 1 && i == 0) {
                server.stubFor(get(urlPathEqualTo(JOBS))
                        .withQueryParam("watch", watched == null ? absent() : equalTo(watched))
                        .inScenario(name)
                        .whenScenarioStateIs("after 0")
                        .willReturn(answers[0]));
            }
        }
    }

    private static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private int listsOfJobs() {
        return server.findAll(getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("watch", absent()))
                .size();
    }

    @Test
    @DisplayName("a watch goes on where the list ended, and the next where that one was")
    void follows() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10, job("a", 7, ""))));
        watches(
                answer(200, event("MODIFIED", job("a", 12, "Complete")) + event("ADDED", job("b", 13, ""))),
                answer(200, event("DELETED", job("a", 14, "Complete"))),
                quiet());
        watch.expectDeletion("b");
        watch.start();
        watch.awaitSynced(LIMIT);
        until("a is gone", () -> watch.gone("a").isPresent());
        assertThat(watch.gone("a")).get().matches(ClusterWatch.Gone::succeeded).matches(g -> !g.expected());
        assertThat(watch.job("b")).isPresent();
        until(
                "the third watch",
                () -> server.findAll(getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("watch", equalTo("true")))
                                .size()
                        >= 3);
        server.verify(getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("resourceVersion", equalTo("10")));
        server.verify(getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("resourceVersion", equalTo("13")));
        server.verify(getRequestedFor(urlPathEqualTo(JOBS)).withQueryParam("resourceVersion", equalTo("14")));
        assertThat(listsOfJobs()).isEqualTo(1);
        until("both are told", () -> changed.containsAll(Set.of("a", "b")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.20.2", "1.32.13"})
    @DisplayName("410 as an event of a good answer: all is listed anew, and what is not there any more is gone")
    void expiredEvent(String version) throws InterruptedException {
        lists(
                answer(200, list("Job", "batch/v1", 10, job("a", 7, ""), job("b", 8, "Failed"))),
                answer(200, list("Job", "batch/v1", 20, job("c", 15, ""))));
        watches(answer(200, recorded(version + "/expired-event").replace("\n", "") + "\n"), quiet());
        watch.expectDeletion("a");
        watch.start();
        until("c is seen", () -> watch.job("c").isPresent());
        assertThat(watch.gone("a")).get().matches(ClusterWatch.Gone::expected);
        assertThat(watch.gone("b")).get().matches(g -> g.failed() && !g.expected());
        assertThat(watch.failure()).isEmpty();
    }

    @Test
    @DisplayName("410 as the answer to a watch: all is listed anew")
    void expired() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)), answer(200, list("Job", "batch/v1", 20, job("c", 15, ""))));
        watches(
                answer(410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}"),
                quiet());
        watch.start();
        until("c is seen", () -> watch.job("c").isPresent());
    }

    @Test
    @DisplayName("an error 500 in a watch is not swallowed: all is listed anew")
    void errorEvent() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)), answer(200, list("Job", "batch/v1", 20, job("c", 15, ""))));
        watches(
                answer(200, event("ERROR", "{\"kind\":\"Status\",\"code\":500,\"message\":\"etcd is unwell\"}")),
                quiet());
        watch.start();
        until("c is seen", () -> watch.job("c").isPresent());
    }

    @Test
    @DisplayName("watches that are cut, even in the middle of a line, go on from the last that came")
    void cut() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)));
        watches(
                answer(200, event("ADDED", job("a", 11, "")) + "{\"type\":\"MODI"),
                answer(200, "").withFault(Fault.CONNECTION_RESET_BY_PEER),
                answer(200, "").withFault(Fault.MALFORMED_RESPONSE_CHUNK),
                answer(200, event("MODIFIED", job("a", 12, "Complete"))),
                quiet());
        watch.start();
        until(
                "a is complete",
                () -> watch.job("a")
                        .map(j -> ClusterWatch.isTrue(j, "Complete"))
                        .orElse(false));
        assertThat(listsOfJobs()).isEqualTo(1);
        until("nothing is wrong any more", () -> watch.failure().isEmpty());
    }

    @Test
    @DisplayName("a watch that gave signs of life and is silent is opened again, after a list")
    void silent() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)), answer(200, list("Job", "batch/v1", 20, job("c", 15, ""))));
        String bookmark = event("BOOKMARK", job("", 11, ""));
        watches(
                // The first hundredth comes soon, and then line breaks, which are no sign of life.
                answer(200, bookmark + "\n".repeat(200 * bookmark.length())).withChunkedDribbleDelay(100, 30_000),
                quiet());
        watch.start();
        until("c is seen", () -> watch.job("c").isPresent());
    }

    @Test
    @DisplayName("a list that is refused is told at once; once it is allowed all is well")
    void denied() throws InterruptedException {
        lists(answer(403, recorded("1.20.2/anonymous").replace("system:anonymous", "u")));
        watch.start();
        assertThatThrownBy(() -> watch.awaitSynced(LIMIT))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("grant the verb 'list' on 'jobs.batch' in the namespace 'c-apierr' to 'u'");
        assertThat(watch.isSynced()).isFalse();
        assertThat(watch.failure()).isPresent();
        server.resetScenarios();
        lists(answer(200, list("Job", "batch/v1", 10, job("a", 7, ""))));
        watches(quiet());
        until("it is synced", watch::isSynced);
        assertThat(watch.job("a")).isPresent();
        assertThat(watch.failure()).isEmpty();
    }

    @Test
    @DisplayName("an API server that is not there yet is waited for, and what was wrong told at the end")
    void away() throws InterruptedException {
        lists(answer(503, "starting").withHeader("Retry-After", "1"));
        watch.start();
        assertThatThrownBy(() -> watch.awaitSynced(Duration.ofMillis(500)))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("HTTP 503");
        lists(answer(200, list("Job", "batch/v1", 10)));
        watches(quiet());
        watch.awaitSynced(LIMIT);
    }

    @Test
    @DisplayName("a token that expires is read again, for the watch too")
    void renewed() throws Exception {
        lists(answer(200, list("Job", "batch/v1", 10)));
        server.stubFor(get(urlPathEqualTo(JOBS))
                .withQueryParam("watch", equalTo("true"))
                .willReturn(answer(401, recorded("1.20.2/unauthorized"))));
        server.stubFor(get(urlPathEqualTo(JOBS))
                .withQueryParam("watch", equalTo("true"))
                .withHeader("Authorization", equalTo("Bearer second"))
                .inScenario("watch")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(answer(200, event("ADDED", job("a", 11, ""))))
                .willSetStateTo("told"));
        server.stubFor(get(urlPathEqualTo(JOBS))
                .withQueryParam("watch", equalTo("true"))
                .withHeader("Authorization", equalTo("Bearer second"))
                .inScenario("watch")
                .whenScenarioStateIs("told")
                .willReturn(quiet()));
        watch.start();
        until("the refusal is told", () -> watch.failure().isPresent());
        cluster.token("second");
        until("a is seen", () -> watch.job("a").isPresent());
        until("nothing is wrong any more", () -> watch.failure().isEmpty());
    }

    @Test
    @DisplayName(
            "a Job that was just made is known before the watch tells, and not gone because an older list lacks it")
    void made() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)), answer(200, list("Job", "batch/v1", 40)));
        watches(quiet());
        watch.start();
        watch.awaitSynced(LIMIT);
        watch.made(
                cluster.api().json().unmarshal(job("a", 30, ""), io.fabric8.kubernetes.api.model.batch.v1.Job.class));
        assertThat(watch.job("a")).isPresent();
        assertThat(watch.jobs("a")).hasSize(1);
        watch.refresh();
        until("the newer list lacks it", () -> watch.gone("a").isPresent());
        assertThat(watch.jobs("a")).isEmpty();
    }

    @Test
    @DisplayName("close ends its threads, also where a watch is open")
    void closes() throws InterruptedException {
        lists(answer(200, list("Job", "batch/v1", 10)));
        watches(quiet());
        watch.start();
        watch.awaitSynced(LIMIT);
        watch.close();
        until(
                "no thread is left",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(t -> t.getName().startsWith("clustrix-k8s-watch") && t.isAlive()));
    }
}

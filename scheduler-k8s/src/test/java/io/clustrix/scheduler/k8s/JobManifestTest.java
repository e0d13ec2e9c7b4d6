package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Plans as Kubernetes' documents")
class JobManifestTest {
    private static final String IMAGE = "image = \"registry.example.org/java:17\"";
    private static final Map<String, String> LABELS = JobManifest.labels("hpc", "k1", "fit-1");
    private static final JobManifest.Run RUN =
            new JobManifest.Run(List.of("/bin/sh", "-c", "echo $$ $(date)\nexec true"), Map.of("PRICE", "$(5)"));

    private static JobPlan plan(int elements, Resources resources) {
        return new JobPlan("fit-1", resources, "logs/a", elements, OptionalInt.of(3), true);
    }

    private static Resources everything() {
        return Resources.builder()
                .cores(4)
                .memory("8GB")
                .time("1h30m")
                .gpus(2)
                .nodes(1)
                .option("priority-class", "urgent")
                .option("node-selector.zone", "b")
                .option("node-selector", "kubernetes.io/arch=arm64,disk=ssd")
                .option("service-account", "worker")
                .option("image", "registry.example.org/java@sha256:0123456789abcdef")
                .option("image-pull-policy", "Never")
                .build();
    }

    static String[] rich(Path template) {
        return new String[] {
            IMAGE,
            "image-pull-policy = IfNotPresent, image-pull-secrets = [pull], cpu-limit = true, gpu-resource = \"amd.com/gpu\"",
            "node-selector { \"kubernetes.io/arch\" = amd64, pool = batch }",
            "tolerations = [{ key = gpu, operator = Exists, effect = NoExecute, seconds = 60 }]",
            "priority-class = low, labels { team = a }, annotations { \"example.org/note\" = \"it's so\" }",
            "volumes = [{ name = data, mount-path = /data, claim = measured, read-only = true, sub-path = a/b },",
            "  { name = key, mount-path = /key, secret = key }, { name = conf, mount-path = /conf, config-map = conf },",
            "  { name = node, mount-path = /node, host-path = /var/data }, { name = fast, mount-path = /fast, empty-dir.size = 1GiB }]",
            "env-from-secrets = [token], security = restricted, run-as-user = 1000, scratch-size = 10GiB",
            "pod-template = \"" + template + "\""
        };
    }

    static Path template(String name) {
        try {
            return Path.of(Objects.requireNonNull(JobManifestTest.class.getResource("/template/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void same(Object built, String golden) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                JobManifestTest.class.getResourceAsStream("/manifest/" + golden + ".yaml"), golden)) {
            assertThat(new KubernetesSerialization().asYaml(built))
                    .isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    @DisplayName("a job that asks for nothing is one pod with nothing but a small request")
    void plain() throws IOException {
        same(new JobManifest(Settings.of(IMAGE)).single(plan(1, Resources.none()), LABELS, RUN), "single");
    }

    @Test
    @DisplayName("an array is an Indexed Job, of which no element is tried twice (R55)")
    void indexed() throws IOException {
        same(new JobManifest(Settings.of(IMAGE)).indexed(plan(10, Resources.none()), LABELS, RUN), "indexed");
    }

    @Test
    @DisplayName("without Indexed Jobs each element is a Job, whose index is set and labelled")
    void element() throws IOException {
        same(
                new JobManifest(Settings.of(IMAGE, "security = restricted"))
                        .element(plan(10, Resources.none()), LABELS, RUN, 7),
                "element");
    }

    @Test
    @DisplayName("all resources, options and settings, over a pod template (R48, R49)")
    void everythingSet() throws IOException {
        JobManifest manifest = new JobManifest(Settings.of(rich(template("pod.yaml"))));
        same(manifest.single(plan(1, everything()), LABELS, RUN), "everything");
    }

    @Test
    @DisplayName("mode volume mounts the claim, and its door is a pod without the job's requests")
    void volume() throws IOException {
        JobManifest manifest = new JobManifest(
                Settings.of(IMAGE, "mode = volume, volume { claim = shared, path = /work }, cpu-request = null"));
        JobPlan plan = plan(1, Resources.builder().cores(2).time("1h").build());
        same(manifest.single(plan, LABELS, RUN), "volume");
        same(manifest.door("door-1", plan, LABELS, List.of("sleep", "60")), "door");
    }

    @Test
    @DisplayName(
            "a template's only container is the worker's, its token and limits are kept where nothing else is said")
    void templates() {
        JobManifest manifest = new JobManifest(
                Settings.of("pod-template = \"" + template("template.yaml") + "\", memory-request = 1GiB"));
        var pod = manifest.single(plan(1, Resources.builder().cores(4).build()), LABELS, RUN)
                .getSpec()
                .getTemplate();
        var worker = pod.getSpec().getContainers().get(0);
        assertThat(pod.getSpec().getContainers()).hasSize(1);
        assertThat(worker.getName()).isEqualTo("worker");
        assertThat(worker.getImage()).isEqualTo("registry.example.org/of-template:1");
        assertThat(worker.getArgs()).isEmpty();
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isTrue();
        // The limit of 2 would be less than the request of 4.
        assertThat(worker.getResources().getLimits())
                .isEqualTo(Map.of("cpu", new Quantity("4"), "memory", new Quantity("3Gi")));
        assertThat(worker.getResources().getRequests()).isEqualTo(Map.of("cpu", new Quantity("4")));
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("from", "template")
                .containsAllEntriesOf(LABELS);
    }

    @ParameterizedTest
    @DisplayName("memory is said to the byte (R48, W-D10)")
    @ValueSource(
            strings = {"1B", "1000B", "1KiB", "1kB", "1536MiB", "8GB", "8GiB", "1.5T", "999999999999999999B", "1025KiB"
            })
    void memory(String text) {
        Memory memory = Memory.parse(text);
        assertThat(Quantity.getAmountInBytes(JobManifest.quantity(memory)))
                .isEqualByComparingTo(BigDecimal.valueOf(memory.bytes()));
    }

    @Test
    @DisplayName("names are of Kubernetes' form, the same for the same job and others for others (R20)")
    void names() {
        assertThat(JobManifest.name("fit-1")).isEqualTo("fit-1");
        assertThat(JobManifest.name("Fit_1")).matches("fit-1-[0-9a-f]{10}");
        List<String> jobs = List.of(
                "fit-1",
                "Fit-1",
                "fit.1",
                "fit_1",
                "fit--1",
                "fit-1-",
                "fit-1.",
                "a".repeat(52),
                "a".repeat(53),
                "a".repeat(54),
                "A".repeat(64),
                "a".repeat(64),
                "x" + ".".repeat(63),
                "x" + "_".repeat(63));
        Set<String> names = new HashSet<>();
        for (String job : jobs) {
            String name = JobManifest.name(job);
            assertThat(name).matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?").hasSizeLessThanOrEqualTo(52);
            assertThat(JobManifest.name(job)).isEqualTo(name);
            assertThat(JobManifest.name(job, 99_999)).isEqualTo(name + "-99999").hasSizeLessThanOrEqualTo(63);
            names.add(name);
        }
        assertThat(names).hasSameSizeAs(jobs);
    }

    @ParameterizedTest
    @DisplayName("labels are of Kubernetes' form whatever a cluster is called, and tell clusters apart")
    @ValueSource(
            strings = {
                "hpc",
                "hpc-",
                "hpc_",
                "_",
                "a-very-long-name-of-a-cluster-that-has-more-than-the-63-characters-allowed"
            })
    void labels(String cluster) {
        Map<String, String> labels = JobManifest.labels(cluster, "k1", "Fit_1");
        assertThat(labels.values()).allMatch(v -> v.matches("[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"));
        assertThat(labels).containsAllEntriesOf(JobManifest.labels(cluster));
        assertThat(JobManifest.labels(cluster + "-", "k1", "Fit_1").get("clustrix.io/cluster"))
                .isNotEqualTo(labels.get("clustrix.io/cluster"));
    }

    @ParameterizedTest
    @DisplayName("what Kubernetes has no word for is refused by name")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            queue               | long        | no queue or partition 'long'
            account             | physics     | no account 'physics'
            nodes               | 2           | one node, not nodes = 2
            qos                 | long        | option 'qos' is unknown; Kubernetes' are image, image-pull-policy, node-selector.KEY
            image               | My Java     | option image must be of the form
            image-pull-policy   | never       | option image-pull-policy must be Always
            priority-class      | A_b         | option priority-class must be an object's name
            service-account     | A_b         | option service-account must be an object's name
            node-selector       | a           | option node-selector must be of the form
            node-selector       | a=b c       | option node-selector: a value is up to 63
            node-selector.a-    | b           | 'a-' is no key
            """)
    void refused(String name, String value, String message) {
        Resources.Builder r = Resources.builder();
        switch (name) {
            case "queue" -> r.queue(value);
            case "account" -> r.account(value);
            case "nodes" -> r.nodes(Integer.parseInt(value));
            default -> r.option(name, value);
        }
        JobManifest manifest = new JobManifest(Settings.of(IMAGE));
        JobPlan plan = plan(1, r.build());
        assertThatThrownBy(() -> manifest.check(plan))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> manifest.single(plan, LABELS, RUN)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    @DisplayName("all that is wrong is told at once")
    void together() {
        JobPlan plan = plan(100_001, Resources.builder().nodes(2).queue("q").build());
        assertThatThrownBy(() -> new JobManifest(Settings.of(IMAGE)).indexed(plan, LABELS, RUN))
                .hasMessageContaining("nodes = 2")
                .hasMessageContaining("'q'")
                .hasMessageContaining("100001 elements");
    }

    @Test
    @DisplayName("without an image the message says what to set")
    void noImage() {
        assertThatThrownBy(() -> new JobManifest(Settings.of()).check(plan(1, Resources.none())))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.hints())
                                .singleElement()
                                .asString()
                                .contains("Set 'image' in the cluster's block"))
                .hasMessageContaining("no image is set");
    }

    @ParameterizedTest
    @DisplayName("nothing is mounted over Clustrix's files or twice")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            mount-path = /clustrix, claim = x                              | volume 'a' is mounted at /clustrix, where Clustrix's own files is already
            mount-path = /clustrix/, claim = x                             | volume 'a' is mounted at /clustrix,
            mount-path = /b, claim = x }, { name = b, mount-path = /b, claim = x | volume 'b' is mounted at /b, where volume 'a' is already
            """)
    void mounts(String volume, String message) {
        JobManifest manifest = new JobManifest(Settings.of(IMAGE, "volumes = [{ name = a, " + volume + " }]"));
        assertThatThrownBy(() -> manifest.check(plan(1, Resources.none()))).hasMessageContaining(message);
    }

    @ParameterizedTest
    @DisplayName("a pod template that is none is refused, and says why")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kind: Service                                              | it holds a Service
            kind: Job\\nspec: {template: {}}                           | it holds a Job; write its 'template' alone
            kind: Pod\\nspc: {}                                        | unknown fields: spc
            spec: {containers: [{name: a}, {name: b}]}                 | none of them is called 'worker'
            spec: {containers: [{name: a, imagee: b}]}                 | container a has unknown fields: imagee
            spec: {nodeselector: {}}                                   | spec has unknown fields: nodeselector
            spec: {containers: 5}                                      | is not one YAML document with a pod
            [                                                          | is not one YAML document with a pod
            kind: Pod\\n---\\nkind: Pod                                | is not one YAML document with a pod
            """)
    void templateRefused(String text, String message, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("pod.yaml");
        Files.writeString(file, text.replace("\\n", "\n"));
        K8sSettings settings = Settings.of(IMAGE, "pod-template = \"" + file + "\"");
        assertThatThrownBy(() -> new JobManifest(settings))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(file.toString());
    }

    @Test
    @DisplayName("a pod template that is not there, or has a volume of a name that is taken, is refused")
    void templateClash(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("pod.yaml");
        K8sSettings settings = Settings.of(IMAGE, "pod-template = \"" + file + "\"");
        assertThatThrownBy(() -> new JobManifest(settings)).hasMessageContaining("can't be read");
        Files.writeString(file, "spec: {volumes: [{name: clustrix, emptyDir: {}}]}");
        assertThatThrownBy(() -> new JobManifest(settings).check(plan(1, Resources.none())))
                .hasMessageContaining("the pod template's volume 'clustrix' has the name of one of Clustrix's");
    }
}

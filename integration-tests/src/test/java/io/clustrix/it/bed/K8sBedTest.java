package io.clustrix.it.bed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** That the Kubernetes of the test bed is what it says: with kubectl, and no class of Clustrix. */
@NeedsTestBed(value = "k8s", alone = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
@Tag("k8s")
class K8sBedTest {
    /** For what takes a second or two where nothing else runs. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final TestBed bed = TestBed.get();
    private final String name = "bed-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);

    /** Of a service account's own kubeconfig, or the administrator's. */
    private Ran kubectl(String config, String input, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(bed.value("k8s.kubectl"), "--kubeconfig=" + bed.value(config)));
        command.addAll(List.of(words));
        return Ran.run(LIMIT, input, command);
    }

    private Ran clustrix(String... words) throws Exception {
        return kubectl("k8s.kubeconfig", "", words);
    }

    private String admin(String... words) throws Exception {
        Ran ran = kubectl("k8s.kubeconfig.admin", "", words);
        assertThat(ran.exitCode()).as(ran.errors()).isZero();
        return ran.output();
    }

    private void create(String manifest) throws Exception {
        Ran created = kubectl("k8s.kubeconfig", manifest, "create", "-f", "-");
        assertThat(created.exitCode()).as(created.errors()).isZero();
    }

    /** A Job with one pod and no second try; spec is more of the pod's. */
    private void job(String image, String command, String spec, String limits) throws Exception {
        create("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: %s}
                spec:
                  backoffLimit: 0
                  template:
                    spec:
                      restartPolicy: Never
                      terminationGracePeriodSeconds: 1
                      %s
                      containers:
                      - name: task
                        image: %s
                        command: %s
                        resources: {%srequests: {cpu: 10m, memory: 16Mi}}
                """.formatted(name, spec, bed.value(image), command, limits));
    }

    /** What a field of the pods of the Job says, once that matches. */
    private String waitFor(String expected, String field) throws Exception {
        return waitFor(expected, "get", "pods", "-l", "job-name=" + name, "-o", "jsonpath={.items[*]" + field + "}");
    }

    private String waitFor(String expected, String... words) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            Ran ran = clustrix(words);
            if (ran.exitCode() == 0 && ran.output().matches(expected)) {
                return ran.output();
            }
            assertThat(System.nanoTime())
                    .as("instead of " + expected + ": " + ran.output() + ran.errors())
                    .isLessThan(end);
            Thread.sleep(100);
        }
    }

    private void completed() throws Exception {
        waitFor("True", "get", "job", name, "-o", "jsonpath={.status.conditions[?(@.type==\"Complete\")].status}");
    }

    @AfterEach
    void deleteJob() throws Exception {
        Ran deleted = clustrix("delete", "job", name, "--ignore-not-found", "--wait=false");
        assertThat(deleted.exitCode()).as(deleted.errors()).isZero();
        // The next test has the same name.
        admin(
                "-n",
                bed.value("k8s.namespace"),
                "delete",
                "pods",
                "-l",
                "job-name=" + name,
                "--force",
                "--grace-period=0",
                "--ignore-not-found");
    }

    @Test
    @DisplayName("the server is of the version that is told, and its node is ready and takes many pods")
    void node() throws Exception {
        assertThat(clustrix("version", "-o", "json").output())
                .containsSubsequence("serverVersion", "v" + bed.value("k8s.version"));
        String[] node = admin(
                        "get",
                        "node",
                        bed.value("k8s.node"),
                        "-o",
                        "jsonpath={.status.conditions[?(@.type==\"Ready\")].status} {.status.allocatable.pods}")
                .split(" ", -1);
        assertThat(node[0]).isEqualTo("True");
        assertThat(Integer.parseInt(node[1])).isGreaterThanOrEqualTo(110);
    }

    @Test
    @DisplayName("a Job runs java -version as a user who is not root, and its log can be read")
    void java() throws Exception {
        job(
                "k8s.image.jdk",
                "[sh, -c, 'id -u; echo text > file && cat file; java -version']",
                "securityContext: {runAsNonRoot: true, runAsUser: " + bed.value("k8s.image.user") + "}",
                "");
        completed();
        Ran logs = clustrix("logs", "job/" + name);
        assertThat(logs.output())
                .as(logs.errors())
                .startsWith(bed.value("k8s.image.user") + "\ntext\n")
                .contains("openjdk version \"17.");
    }

    @Test
    @DisplayName("the image without Java has none, but a shell and tar")
    void withoutJava() throws Exception {
        job("k8s.image.base", "[sh, -c, 'command -v java || echo none; command -v tar']", "", "");
        completed();
        assertThat(clustrix("logs", "job/" + name).output()).isEqualTo("none\ntar\n");
    }

    @Test
    @DisplayName("commands are executed in a pod that runs: input, output and exit code pass")
    void exec() throws Exception {
        job("k8s.image.busybox", "[sleep, '60']", "", "");
        waitFor("Running", ".status.phase");
        String pod = waitFor("bed-.+", ".metadata.name");
        Ran ran =
                kubectl("k8s.kubeconfig", "through", "exec", "-i", pod, "--", "sh", "-c", "cat; echo err >&2; exit 7");
        assertThat(ran.output()).isEqualTo("through");
        assertThat(ran.errors()).startsWith("err\n");
        assertThat(ran.exitCode()).isEqualTo(7);
    }

    @Test
    @DisplayName("who takes more memory than its limit is killed, and the reason is there")
    void memory() throws Exception {
        job("k8s.image.busybox", "[tail, /dev/zero]", "", "limits: {memory: 32Mi}, ");
        assertThat(waitFor(".+ .+", ".status.containerStatuses[0].state.terminated['reason','exitCode']"))
                .isEqualTo("OOMKilled 137");
    }

    @Test
    @DisplayName("an image that is not there is not pulled from anywhere, and the pod says why it waits")
    void missingImage() throws Exception {
        job("k8s.image.missing", "['true']", "", "");
        assertThat(waitFor("(?!ContainerCreating).+", ".status.containerStatuses[0].state.waiting.reason"))
                .isIn("ErrImagePull", "ImagePullBackOff");
    }

    /** Lines of a table of rights as resource and verbs, without what every account may ask about itself. */
    private static Set<String> rights(String table) {
        Set<String> rights = new TreeSet<>();
        table.lines()
                .skip(1)
                .filter(line -> !line.startsWith(" ") && !line.startsWith("selfsubject"))
                .forEach(line -> rights.add(line.replaceAll("\\s+\\[]\\s+\\[]\\s+", " ")));
        return rights;
    }

    @Test
    @DisplayName("the service account has the rights that the test bed lists in its namespace, and none elsewhere")
    void rightsOfTheAccount() throws Exception {
        assertThat(rights(clustrix("auth", "can-i", "--list").output()))
                .containsExactlyInAnyOrder(
                        "pods [create get list watch delete]",
                        "pods/log [get]",
                        "pods/exec [create get]",
                        "jobs.batch [create get list watch delete deletecollection]",
                        "events [get list watch]",
                        "resourcequotas [get list]");
        assertThat(rights(clustrix("auth", "can-i", "--list", "-n", "default").output()))
                .isEmpty();
        Ran nodes = clustrix("get", "nodes");
        assertThat(nodes.exitCode()).isNotZero();
        assertThat(nodes.errors())
                .contains("Forbidden")
                .contains(
                        "system:serviceaccount:" + bed.value("k8s.namespace") + ":" + bed.value("k8s.service-account"));
    }

    @Test
    @DisplayName("the powerless account is known, and may do nothing")
    void powerless() throws Exception {
        Ran refused = kubectl("k8s.kubeconfig.powerless", "", "get", "pods");
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.errors()).contains("Forbidden").contains(":powerless\" cannot list resource \"pods\"");
    }

    @Test
    @NeedsTestBed({"k8s", "faults"})
    @DisplayName("the API server goes and comes back, and a Job runs on meanwhile")
    void apiserver() throws Exception {
        job("k8s.image.busybox", "[sh, -c, 'sleep 3; echo done']", "", "");
        waitFor("Running", ".status.phase");
        bed.fault("apiserver", "kill");
        try {
            assertThat(clustrix("get", "pods").errors()).contains("refused");
        } finally {
            bed.fault("apiserver", "start");
        }
        completed();
        assertThat(clustrix("logs", "job/" + name).output()).isEqualTo("done\n");
    }

    @Test
    @NeedsTestBed({"k8s", "faults"})
    @DisplayName("without a kubelet no pod starts; with it again they do")
    void kubelet() throws Exception {
        bed.fault("kubelet", "stop");
        try {
            job("k8s.image.busybox", "[echo, late]", "", "");
            waitFor("PodScheduled", ".status.conditions[*].type");
            Thread.sleep(2000);
            assertThat(waitFor(".+", ".status.phase")).isEqualTo("Pending");
        } finally {
            bed.fault("kubelet", "start");
        }
        completed();
    }
}

package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.scheduler.k8s.K8sSettings.Mode;
import io.clustrix.scheduler.k8s.K8sSettings.Security;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The settings of executor = k8s")
class K8sSettingsTest {

    @Test
    @DisplayName("have a default for all that a user need not say")
    void defaults() {
        K8sSettings s = Settings.of();
        assertThat(s.mode()).isEqualTo(Mode.STREAM);
        assertThat(s.image()).isEmpty();
        assertThat(s.namespace()).isEmpty();
        assertThat(s.cpuRequest()).contains("100m");
        assertThat(s.memoryRequest()).isEmpty();
        assertThat(s.cpuLimit()).isFalse();
        assertThat(s.gpuResource()).isEqualTo("nvidia.com/gpu");
        assertThat(s.mountServiceAccountToken()).isFalse();
        assertThat(s.security()).isEqualTo(Security.IMAGE);
        assertThat(s.grace()).isEqualTo(Duration.ofSeconds(10));
        assertThat(s.keepFinished()).isEqualTo(Duration.ofDays(1));
        assertThat(s.inputPatience()).isEqualTo(Duration.ofMinutes(10));
        assertThat(s.resultPatience()).isEqualTo(Duration.ofHours(1));
        assertThat(s.workDirectory()).isEqualTo(new RemotePath("/clustrix"));
    }

    @Test
    @DisplayName("set what batch clusters have in common to what a watch allows, and users can set it otherwise")
    void engine() {
        assertThat(Settings.batch().poll().resultsMin()).isEqualTo(Duration.ofMillis(50));
        assertThat(Settings.batch().poll().statusMin()).isEqualTo(Duration.ofMillis(200));
        assertThat(Settings.batch().poll().statusPerMinute()).isEqualTo(600);
        assertThat(Settings.batch("poll.status-min = 5s").poll().statusMin()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("are read with lists, blocks and keys with dots and slashes")
    void all() {
        K8sSettings s = Settings.of(
                "image = \"registry.example.org:5000/team/java:17\", image-pull-secrets = [pull]",
                "mode = volume, volume.claim = shared, cpu-request = null",
                "node-selector { \"kubernetes.io/arch\" = amd64, disk.kind = ssd }",
                "tolerations = [{ key = gpu, operator = Exists, effect = NoExecute, seconds = 60 }, { operator = Exists }]",
                "volumes = [{ name = data, mount-path = /data, claim = measured, read-only = true, sub-path = a/b },",
                "  { name = fast, mount-path = /fast, empty-dir { size = 1GiB } }, { name = f2, mount-path = /f2, empty-dir {} }]",
                "security = restricted, run-as-user = 1000, pod-template = ~/pod.yaml, scratch-size = 10GiB");
        assertThat(s.volume().claim()).contains("shared");
        assertThat(s.cpuRequest()).isEmpty();
        assertThat(s.nodeSelector()).isEqualTo(Map.of("kubernetes.io/arch", "amd64", "disk.kind", "ssd"));
        assertThat(s.tolerations()).hasSize(2);
        assertThat(s.tolerations().get(0).seconds()).hasValue(60);
        assertThat(s.volumes().get(0).readOnly()).contains(true);
        assertThat(s.volumes().get(1).emptyDir())
                .contains(new K8sSettings.EmptyDir(Optional.of(Memory.ofGibibytes(1))));
        assertThat(s.volumes().get(2).emptyDir()).contains(new K8sSettings.EmptyDir(Optional.empty()));
        assertThat(s.podTemplate()).hasValueSatisfying(p -> assertThat(p).hasToString("/nonexistent/pod.yaml"));
    }

    @ParameterizedTest
    @DisplayName("are refused with one clear message each")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            mode = volume                                                       | mode = volume needs volume.claim
            mode = image                                                        | mode = image needs image-class-path
            image-class-path = [/app]                                           | image-class-path has a meaning with mode = image only
            mode = image, image-class-path = [app]                              | one absolute path without ':', not 'app'
            image = "Java 17"                                                   | image must be of the form registry/name:tag
            image = "registry.example.org/Java:17"                              | the name before the tag must be of the characters
            image-pull-policy = if-not-present                                  | one of Always, IfNotPresent, Never
            namespace = Team_A                                                  | namespace must be 1 to 63
            context = " "                                                       | context must not be blank
            service-account = "a b"                                             | service-account must be an object's name
            node-selector { "a b" = c }                                         | 'a b' is no key
            node-selector { a = "b c" }                                         | node-selector: a value is up to 63
            tolerations = [{ value = x }]                                       | key is missing; only operator = Exists
            tolerations = [{ key = a, operator = exists }]                      | operator must be one of Equal, Exists
            tolerations = [{ key = a, operator = Exists, value = b }]           | value has no meaning with operator = Exists
            tolerations = [{ key = a, effect = Never }]                         | effect must be one of NoSchedule
            tolerations = [{ key = a, seconds = 5 }]                            | seconds has a meaning with effect = NoExecute only
            cpu-request = 0                                                     | cpu-request must be more than 0
            cpu-request = lots                                                  | of the form 2, 0.5 or 500m, not 'lots'
            gpu-resource = gpu                                                  | gpu-resource must be of the form vendor/name
            labels { "clustrix.io/x" = y }                                      | is set by Clustrix or Kubernetes itself
            labels { job-name = y }                                             | is set by Clustrix or Kubernetes itself
            labels { x = "a b" }                                                | labels: a value is up to 63
            annotations { "a b" = y }                                           | 'a b' is no key
            volumes = [{ name = a, mount-path = /a }]                           | needs exactly one of claim, secret, config-map, host-path and empty-dir, not none
            volumes = [{ name = a, mount-path = /a, claim = x, secret = y }]    | and empty-dir, not 2
            volumes = [{ name = clustrix, mount-path = /a, claim = x }]         | is that of a volume of Clustrix's own
            volumes = [{ name = A_b, mount-path = /a, claim = x }]              | name must be 1 to 63
            volumes = [{ name = a, mount-path = /, claim = x }]                 | mount-path must be a directory of its own
            volumes = [{ name = a, mount-path = /a, claim = x, sub-path = ../b }] | sub-path must be relative and without '..'
            volumes = [{ name = a, mount-path = /a, claim = x }, { name = a, mount-path = /b, claim = x }] | there are two of the name 'a'
            env-from-secrets = ["A B"]                                          | env-from-secrets must be an object's name
            run-as-user = -1                                                    | run-as-user must be a user's number
            security = restricted, run-as-user = 0                              | must not be 0 (root)
            grace = 0s                                                          | grace must be between 1s
            keep-finished = 1s                                                  | keep-finished must be between 60s
            input-patience = 1s                                                 | input-patience must be between 10s
            result-patience = 1s                                                | result-patience must be between 10s
            volume.path = "relative"                                            | must be absolute
            volume.path = "/"                                                   | path must be a directory of its own
            """)
    void refused(String line, String message) {
        assertThatThrownBy(() -> Settings.of(line))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message);
    }
}

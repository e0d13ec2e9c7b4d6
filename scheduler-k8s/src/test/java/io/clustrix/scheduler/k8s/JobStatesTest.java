package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.clustrix.scheduler.k8s.JobStates.Seen;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What Kubernetes says of a job")
class JobStatesTest {
    private static final Map<String, String> EXPECTED = expected();

    private static Map<String, String> expected() {
        Map<String, String> sections = new TreeMap<>();
        String all = Session.text("expected.txt").replaceAll("(?m)^#.*\n", "");
        Arrays.stream(all.split("(?m)^=== ", -1)).skip(1).forEach(s -> {
            int end = s.indexOf('\n');
            sections.put(s.substring(0, end), s.substring(end + 1));
        });
        return sections;
    }

    static List<String> sessions() {
        return Session.names();
    }

    /** Of a watch only the lines that are new. */
    static String told(String session) {
        StringBuilder text = new StringBuilder();
        Set<String> last = Set.of();
        for (Map.Entry<String, Seen> look :
                Session.looks(Session.lines(session)).entrySet()) {
            boolean watched = look.getKey().matches("[0-9.]+s .*");
            Set<String> now = new LinkedHashSet<>(
                    Arrays.asList(Session.told(look.getValue()).split("\n(?! )", -1)));
            Set<String> changed = new LinkedHashSet<>(now);
            if (watched) {
                changed.removeAll(last);
            }
            changed.remove("");
            if (!changed.isEmpty()) {
                text.append("--- ")
                        .append(look.getKey())
                        .append('\n')
                        .append(String.join("\n", changed))
                        .append('\n');
            }
            last = now;
        }
        return text.toString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sessions")
    @DisplayName("is told as in the recorded sessions (R36, A10)")
    void recorded(String session) {
        assertThat(told(session)).isEqualTo(EXPECTED.get(session));
    }

    @Test
    @DisplayName("is expected of each recorded session and of no other")
    void complete() {
        assertThat(EXPECTED.keySet()).containsExactlyElementsOf(sessions());
    }

    @Test
    @DisplayName("is told without an exception whatever is missing or garbled in it (A10)")
    void mutated() {
        Random random = new Random(20_261_122);
        KubernetesSerialization json = new KubernetesSerialization();
        int told = 0;
        int unreadable = 0;
        for (String session : Session.names()) {
            List<Map<?, ?>> lines = Session.lines(session);
            for (int round = 0; round < 60; round++) {
                Map<Object, Object> line = copy(lines.get(random.nextInt(lines.size())));
                List<Runnable> changes = new ArrayList<>();
                changes(line, Set.of("what", "stream", "type", "t", "now", "object"), random, changes);
                for (int i = random.nextInt(4); i >= 0 && !changes.isEmpty(); i--) {
                    changes.remove(random.nextInt(changes.size())).run();
                }
                Collection<Seen> looks;
                try {
                    looks = Session.looks(List.of(line)).values();
                } catch (IllegalArgumentException e) {
                    // The client's own model refuses it, as it would before it got to us.
                    unreadable++;
                    continue;
                }
                for (Seen look : looks) {
                    assertThatCode(() -> Session.told(look))
                            .as(() -> session + ": " + json.asJson(line))
                            .doesNotThrowAnyException();
                    told++;
                }
            }
        }
        assertThat(told).isGreaterThan(2000);
        assertThat(unreadable).isLessThan(told);
    }

    private static Map<Object, Object> copy(Map<?, ?> map) {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((k, v) -> copy.put(k, copied(v)));
        return copy;
    }

    private static @Nullable Object copied(@Nullable Object value) {
        if (value instanceof Map<?, ?> m) {
            return copy(m);
        }
        return value instanceof List<?> l
                ? new ArrayList<>(l.stream().map(JobStatesTest::copied).toList())
                : value;
    }

    /** All that could be changed, one each. */
    private static void changes(Map<Object, Object> map, Set<String> fixed, Random random, List<Runnable> into) {
        for (Map.Entry<Object, Object> entry : map.entrySet()) {
            Object key = entry.getKey();
            Object value = entry.getValue();
            if (!fixed.contains(String.valueOf(key))) {
                into.add(() -> map.remove(key));
                into.add(() -> map.put(key, garbled(value, random)));
            }
            if (value instanceof Map<?, ?>) {
                @SuppressWarnings("unchecked")
                Map<Object, Object> deeper = (Map<Object, Object>) value;
                changes(deeper, Set.of(), random, into);
            } else if (value instanceof List<?>) {
                @SuppressWarnings("unchecked")
                List<Object> list = (List<Object>) value;
                into.add(() -> list.add(0, null));
                into.add(list::clear);
                for (Object one : list) {
                    if (one instanceof Map<?, ?>) {
                        @SuppressWarnings("unchecked")
                        Map<Object, Object> deeper = (Map<Object, Object>) one;
                        changes(deeper, Set.of(), random, into);
                    }
                }
            }
        }
    }

    private static @Nullable Object garbled(@Nullable Object value, Random random) {
        List<@Nullable Object> others = new ArrayList<>();
        others.add(null);
        if (value instanceof String s) {
            others.addAll(List.of(
                    "", " ", "\u0000\n%s", s + s, s.substring(s.length() / 2), "9".repeat(30), "x".repeat(5000)));
        } else if (value instanceof Number) {
            others.addAll(List.of(-1, 0, Integer.MAX_VALUE, Integer.MIN_VALUE, 255));
        } else if (value instanceof Boolean b) {
            others.add(!b);
        } else if (value instanceof List<?>) {
            others.add(new ArrayList<>());
        } else {
            others.add(new LinkedHashMap<>());
        }
        return others.get(random.nextInt(others.size()));
    }

    @Test
    @DisplayName(
            "a pod that nobody has fed is lost without a fault of the job's; a task's own exit code 76 is its fault")
    void notFed() {
        String message = PodScripts.NO_INPUT + " within 600 s";
        assertThat(ended(PodScripts.EXIT_NO_INPUT, message).state()).isEqualTo(JobState.NODE_FAILED);
        assertThat(ended(PodScripts.EXIT_NO_INPUT, message).detail()).contains("no driver has fed");
        assertThat(ended(PodScripts.EXIT_NO_INPUT, "").state()).isEqualTo(JobState.FAILED);
        assertThat(ended(1, message).state()).isEqualTo(JobState.FAILED);
    }

    private static JobStatus ended(int code, String message) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .endMetadata()
                .withNewStatus()
                .withPhase("Failed")
                .addNewContainerStatus()
                .withName(JobManifest.CONTAINER)
                .withNewState()
                .withNewTerminated()
                .withExitCode(code)
                .withReason("Error")
                .withMessage(message)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
        return JobStates.of(new JobStates.Seen(Optional.empty(), List.of(pod), List.of(), Instant.EPOCH))
                .orElseThrow();
    }
}

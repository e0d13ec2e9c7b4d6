package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.JobStates.Seen;
import io.clustrix.spi.JobStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What real servers answered, from {@code states/*.jsonl}: looks, each with all there was, or a watch, whose lines are
 * put together to what somebody who watches has seen by then.
 */
final class Session {
    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final Instant UNKNOWN = Instant.parse("2026-11-22T00:00:00Z");

    private Session() {}

    /** The names of all sessions. */
    static List<String> names() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".jsonl"))
                    .map(f -> f.replace(".jsonl", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String file) {
        try {
            return Files.readString(folder().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Path.of(
                    Objects.requireNonNull(Session.class.getResource("/states")).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The lines of a session, as parsed JSON. */
    static List<Map<?, ?>> lines(String name) {
        List<Map<?, ?>> lines = new ArrayList<>();
        text(name + ".jsonl").lines().forEach(l -> lines.add(JSON.unmarshal(l, Map.class)));
        return lines;
    }

    /** What was seen after each line, by a heading for it. */
    static Map<String, Seen> looks(List<Map<?, ?>> lines) {
        Map<String, Seen> looks = new LinkedHashMap<>();
        Map<String, Object> objects = new TreeMap<>();
        for (Map<?, ?> line : lines) {
            if (line.containsKey("what")) {
                looks.put(
                        String.valueOf(line.get("what")),
                        new Seen(
                                Optional.ofNullable(line.get("job")).map(j -> JSON.convertValue(j, Job.class)),
                                all(line.get("pods"), Pod.class),
                                all(line.get("events"), Event.class),
                                now(line)));
                continue;
            }
            Map<?, ?> object = (Map<?, ?>) Objects.requireNonNull(line.get("object"));
            String key = line.get("stream") + " " + name(object);
            if ("DELETED".equals(line.get("type"))) {
                objects.remove(key);
            } else {
                objects.put(key, object);
            }
            looks.put(
                    line.get("t") + "s " + line.get("type") + " " + key,
                    new Seen(
                            of(objects, "jobs ", Job.class).stream().findFirst(),
                            of(objects, "pods ", Pod.class),
                            of(objects, "events ", Event.class),
                            now(line)));
        }
        return looks;
    }

    private static String name(Map<?, ?> object) {
        return object.get("metadata") instanceof Map<?, ?> m ? String.valueOf(m.get("name")) : "";
    }

    private static Instant now(Map<?, ?> line) {
        return line.get("now") instanceof String s ? Instant.parse(s) : UNKNOWN;
    }

    private static <T> List<T> of(Map<String, Object> objects, String kind, Class<T> type) {
        return objects.entrySet().stream()
                .filter(e -> e.getKey().startsWith(kind))
                .map(e -> JSON.convertValue(e.getValue(), type))
                .toList();
    }

    private static <T> List<T> all(Object list, Class<T> type) {
        return list instanceof List<?> l
                ? new ArrayList<>(l.stream()
                        .map(o -> o == null ? null : JSON.convertValue(o, type))
                        .toList())
                : List.of();
    }

    /** All statuses in words, and what follows from each. */
    static String told(Seen seen) {
        Integer elements = seen.job()
                .filter(j -> j.getSpec() != null && "Indexed".equals(j.getSpec().getCompletionMode()))
                .map(j -> j.getSpec().getCompletions())
                .orElse(null);
        if (elements == null) {
            return JobStates.of(seen).map(s -> told("", s)).orElse("nothing is known\n");
        }
        SortedMap<Integer, JobStatus> all = JobStates.indexed(seen, Math.min(elements, 1000));
        StringBuilder text = new StringBuilder();
        all.forEach((i, s) -> text.append(told("[" + i + "] ", s)));
        return text.toString();
    }

    private static String told(String begin, JobStatus s) {
        StringBuilder text = new StringBuilder(begin).append(s.state());
        if (s.exit().isPresent()) {
            text.append(" exit ").append(s.exit().getAsInt());
        }
        s.host().ifPresent(h -> text.append(" on ").append(h));
        s.started().ifPresent(t -> text.append(" from ").append(t));
        s.ended().ifPresent(t -> text.append(" to ").append(t));
        text.append(" | ").append(s.detail()).append('\n');
        Verdicts.hopeless(s).ifPresent(h -> text.append("    in vain\n"));
        if (s.state().ended() || Verdicts.hopeless(s).isPresent()) {
            Verdicts.mend(s).ifPresent(m -> text.append("    mend: ").append(m).append('\n'));
        }
        return text.toString();
    }
}

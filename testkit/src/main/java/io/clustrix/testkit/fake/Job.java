package io.clustrix.testkit.fake;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A job in a fake scheduler, guarded by its lock. */
final class Job {
    final int number;
    final Submission submission;
    final Instant submitted;
    final Map<Integer, Element> elements = new TreeMap<>();
    boolean held;
    String name;

    Job(int number, Submission submission, Instant submitted) {
        this.number = number;
        this.submission = submission;
        this.submitted = submitted;
        held = submission.held();
        name = submission.name();
        List<Integer> indices = submission.indices().isEmpty() ? List.of(Element.NONE) : submission.indices();
        indices.forEach(i -> elements.put(i, new Element(this, i)));
    }

    boolean isArray() {
        return !submission.indices().isEmpty();
    }

    Stream<Element> in(Element.State state) {
        return elements.values().stream().filter(e -> e.state == state);
    }

    /** Itself, if it is no array. */
    Element only() {
        return elements.values().iterator().next();
    }

    boolean ended() {
        return elements.values().stream().allMatch(e -> e.state == Element.State.ENDED);
    }

    /** When the last of its elements has ended. */
    Instant end() {
        return elements.values().stream()
                .map(e -> e.ended)
                .max(Instant::compareTo)
                .orElse(submitted);
    }
}

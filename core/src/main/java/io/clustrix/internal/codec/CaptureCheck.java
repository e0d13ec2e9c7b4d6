package io.clustrix.internal.codec;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, after a value could not be written, which of the objects that it holds stood in the way and how it is
 * reached (requirement R54); and what makes a value large.
 *
 * <p>It writes parts of the value to nowhere, again and again, so it is slow and meant for the way to an error message.
 * It never throws. Of the user's code it calls what the serializer calls, and no {@code toString}, {@code equals} or
 * {@code hashCode}.
 */
final class CaptureCheck {

    private static final int MAX_OBJECTS = 100_000;
    private static final int MAX_DEPTH = 64;

    private final Serializer serializer;

    /** With a serializer that nobody else uses meanwhile. */
    CaptureCheck(Serializer serializer) {
        this.serializer = serializer;
    }

    /**
     * The object that can't be written.
     *
     * @param path how it is reached, as one would write it: {@code MyService.this.connection}, {@code captured value
     *     'client'}, {@code item 17.owner}
     * @param className the name of its class
     * @param reason why it can't be written, one sentence
     * @param hints what to do, each a sentence
     */
    record Culprit(String path, String className, String reason, List<String> hints) {
        Culprit {
            hints = List.copyOf(hints);
        }

        /** Path and class, for instance {@code MyService.this.connection (org.postgresql.jdbc.PgConnection)}. */
        String describe() {
            return path.equals(className) ? className : path + " (" + className + ")";
        }

        /** The whole story, as an exception. */
        SerializationException toException(Throwable cause) {
            String problem = describe() + " can't be shipped";
            return new SerializationException(
                    reason.isEmpty() || reason.equals(problem) ? problem : problem + ": " + reason, hints, cause);
        }
    }

    /**
     * A part of a value.
     *
     * @param path how it is reached
     * @param className the name of its class
     * @param bytes how many bytes it takes when it is written alone
     */
    record Part(String path, String className, long bytes) {}

    /** A step of the search: an object that can't be written, and how it was reached. */
    private record Step(Object object, String path, int depth, SerializationException failure, Set<String> hints) {}

    /** Looks for the culprit, the nearest first; empty if the value can be written. */
    Optional<Culprit> find(@Nullable Object value) {
        Object root = CaptureGraph.unwrapped(value);
        SerializationException failure = failure(root);
        if (root == null || failure == null) {
            return Optional.empty();
        }
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.add(root);
        Set<Object> failing = Collections.newSetFromMap(new IdentityHashMap<>());
        failing.add(root);
        Deque<Step> open = new ArrayDeque<>();
        Step first = new Step(root, "", 0, failure, new LinkedHashSet<>());
        open.add(first);
        Step deepest = first;
        while (!open.isEmpty()) {
            Step step = open.remove();
            deepest = step.depth > deepest.depth ? step : deepest;
            boolean heldByChild = false;
            if (step.depth < MAX_DEPTH) {
                for (CaptureGraph.Edge edge : CaptureGraph.edges(step.object, step.path)) {
                    Object child = edge.target();
                    if (seen.size() >= MAX_OBJECTS) {
                        break;
                    }
                    if (!seen.add(child)) {
                        heldByChild |= failing.contains(child); // a circle, or another way to it
                        continue;
                    }
                    SerializationException reason = failure(child);
                    if (reason != null) {
                        failing.add(child);
                        heldByChild = true;
                        Set<String> hints = new LinkedHashSet<>(step.hints);
                        if (edge.hint() != null) {
                            hints.add(edge.hint());
                        }
                        open.add(new Step(child, edge.path(), step.depth + 1, reason, hints));
                    }
                }
            }
            if (!heldByChild) {
                return Optional.of(culprit(step));
            }
        }
        return Optional.of(culprit(deepest));
    }

    private static Culprit culprit(Step step) {
        String className = CaptureGraph.nameOf(step.object);
        List<String> hints = new ArrayList<>(step.hints);
        String own = CaptureGraph.hintFor(step.object);
        if (own != null) {
            hints.add(own);
        }
        for (String hint : step.failure.hints()) {
            if (!hints.contains(hint)) {
                hints.add(hint);
            }
        }
        String message = step.failure.getMessage();
        String reason = message == null ? "" : message.lines().findFirst().orElse("");
        return new Culprit(step.path.isEmpty() ? className : step.path, className, reason, hints);
    }

    /**
     * The parts of a value that take most: what a lambda captured, or the fields of an object; of a value with only one
     * part the parts of that.
     *
     * @param count how many at most
     */
    List<Part> largest(@Nullable Object value, int count) {
        Object holder = CaptureGraph.unwrapped(value);
        if (holder == null) {
            return List.of();
        }
        List<CaptureGraph.Edge> edges = CaptureGraph.edges(holder, "");
        for (int depth = 0; edges.size() == 1 && depth < MAX_DEPTH; depth++) {
            List<CaptureGraph.Edge> inner =
                    CaptureGraph.edges(edges.get(0).target(), edges.get(0).path());
            if (inner.isEmpty()) {
                break;
            }
            edges = inner;
        }
        List<Part> parts = new ArrayList<>();
        for (CaptureGraph.Edge edge : edges.subList(0, Math.min(edges.size(), MAX_OBJECTS))) {
            Counter counter = new Counter();
            if (attempt(edge.target(), counter) == null) {
                parts.add(new Part(edge.path(), CaptureGraph.nameOf(edge.target()), counter.count));
            }
        }
        parts.sort(Comparator.comparingLong(Part::bytes).reversed());
        return List.copyOf(parts.subList(0, Math.min(count, parts.size())));
    }

    private @Nullable SerializationException failure(@Nullable Object object) {
        return object == null || CaptureGraph.isSimple(object) ? null : attempt(object, new Counter());
    }

    private @Nullable SerializationException attempt(Object object, OutputStream out) {
        try {
            serializer.write(object, out);
            return null;
        } catch (SerializationException e) {
            return e;
        } catch (IOException | RuntimeException | StackOverflowError | LinkageError e) {
            return new SerializationException(
                    "a " + object.getClass().getName() + " can't be written: " + e, List.of(), e);
        }
    }

    /** Counts bytes and forgets them. */
    private static final class Counter extends OutputStream {
        private long count;

        @Override
        public void write(int b) {
            count++;
        }

        @Override
        public void write(byte[] b, int offset, int length) {
            count += length;
        }
    }
}

package io.clustrix.testkit;

import io.clustrix.spi.CommandResult;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.testkit.Recorded.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a dialect makes of an answer.
 *
 * @param text as a recording writes it, without a word on whether it is transient
 * @param told the same with all that there is, to compare two of them
 * @param states of status and history
 * @param ids that a submit, a find or starts have
 * @param refusal if it was one
 */
record Verdicts(
        String text,
        String told,
        Map<NativeId, JobStatus> states,
        List<NativeId> ids,
        @Nullable SchedulerException refusal) {

    /** What the dialect says; what it throws beside {@link SchedulerException} goes out. */
    static Verdicts of(SchedulerDialect dialect, Kind kind, CommandResult result) {
        try {
            return switch (kind) {
                case SUBMIT -> {
                    NativeId id = dialect.parseSubmit(result);
                    yield answer("id " + Recorded.written(id), Map.of(), List.of(id), id.toString());
                }
                case STATUS -> states(dialect.parseStatus(result));
                case HISTORY -> states(dialect.parseHistory(result));
                case CANCEL -> {
                    String text = dialect.cancelled(result) ? "taken" : "not taken";
                    yield answer(text, Map.of(), List.of(), text);
                }
                case FIND -> {
                    List<NativeId> ids = dialect.parseFind(result);
                    List<String> written = new ArrayList<>();
                    ids.forEach(id -> written.add(Recorded.written(id)));
                    yield answer(Recorded.ids(written), Map.of(), ids, ids.toString());
                }
                case INFO -> {
                    SchedulerInfo info = dialect.parseInfo(result);
                    yield answer("version " + info.version(), Map.of(), List.of(), info.toString());
                }
                case STARTS -> {
                    Map<NativeId, Instant> starts = dialect.parseStarts(result);
                    Map<String, Instant> written = new HashMap<>();
                    starts.forEach((id, start) -> written.put(Recorded.written(id), start));
                    yield answer(Recorded.starts(written), Map.of(), List.copyOf(starts.keySet()), starts.toString());
                }
            };
        } catch (SchedulerException e) {
            return new Verdicts(
                    kind == Kind.SUBMIT ? "refused" : "fails", "refused: " + e.getMessage(), Map.of(), List.of(), e);
        }
    }

    private static Verdicts states(Map<NativeId, JobStatus> states) {
        String text = states.entrySet().stream()
                .map(e -> Recorded.written(e.getKey()) + "=" + e.getValue().state())
                .sorted()
                .collect(Collectors.joining(" "));
        return answer(states.isEmpty() ? "none" : Recorded.STATES + text, states, List.of(), states.toString());
    }

    private static Verdicts answer(String text, Map<NativeId, JobStatus> states, List<NativeId> ids, String told) {
        return new Verdicts(text, told, states, ids, null);
    }

    /** The jobs that have succeeded by it. */
    List<NativeId> succeeded() {
        return states.entrySet().stream()
                .filter(e -> e.getValue().state() == JobState.SUCCEEDED)
                .map(Map.Entry::getKey)
                .toList();
    }
}

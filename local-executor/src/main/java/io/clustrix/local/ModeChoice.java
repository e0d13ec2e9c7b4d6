package io.clustrix.local;

import io.clustrix.spi.Placement;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.Work;
import io.clustrix.worker.MethodCall;
import org.jspecify.annotations.Nullable;

/**
 * Decides for one job between threads and processes, in the order of requirements B1 to B6: can the function be
 * serialized, then each argument (what a lambda has captured, the items of a map), then signs of I/O in the bytecode;
 * else processes.
 */
final class ModeChoice {
    static final String THREADS = "threads";
    static final String PROCESSES = "processes";

    private final LocalSettings.Mode mode;
    private final TaskCodec codec;
    private final IoIndicators indicators;

    ModeChoice(LocalSettings.Mode mode, TaskCodec codec, IoIndicators indicators) {
        this.mode = mode;
        this.codec = codec;
        this.indicators = indicators;
    }

    /**
     * A decision.
     *
     * @param placement where and why
     * @param io on threads: whether the task waits more than it computes
     * @param function for processes: the function's envelope, made on the way to the decision
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Choice(Placement placement, boolean io, byte @Nullable [] function) {}

    /**
     * Decides.
     *
     * @throws SerializationException if processes are prescribed and the function or the first item can't be serialized
     */
    Choice choose(Work work) {
        return switch (mode) {
            case THREADS -> threads("mode = threads", indicator(work) != null);
            case PROCESSES -> {
                byte[] function = codec.encode(work.function());
                if (work instanceof Work.Each each && !each.items().isEmpty()) {
                    codec.encode(new Object[] {each.items().get(0)});
                }
                yield processes("mode = processes", function);
            }
            case AUTO -> automatic(work);
        };
    }

    private Choice automatic(Work work) {
        byte[] function;
        try {
            if (work.function() instanceof MethodCall call) {
                codec.encode(call.target());
            }
            function = codec.encode(work.function());
        } catch (SerializationException e) {
            return threads("the function can't be serialized: " + firstLine(e), indicator(work) != null);
        }
        if (work instanceof Work.Each each) {
            int i = 0;
            for (Object item : each.items()) {
                try {
                    codec.encode(item);
                } catch (SerializationException e) {
                    return threads("item " + i + " can't be serialized: " + firstLine(e), indicator(work) != null);
                }
                i++;
            }
        }
        @Nullable String indicator = indicator(work);
        return indicator != null
                ? threads("it does I/O or waits: " + indicator, true)
                : processes("it can be serialized and shows no sign of I/O", function);
    }

    private @Nullable String indicator(Work work) {
        IoVerdict verdict;
        if (work.function() instanceof MethodCall call) {
            try {
                Object target = call.target();
                verdict = indicators.of(
                        target == null ? call.method().getDeclaringClass() : target.getClass(), call.method());
            } catch (NoSuchMethodException e) {
                return null;
            }
        } else {
            verdict = indicators.of(work.function());
        }
        return verdict instanceof IoVerdict.Found found ? found.indicator() : null;
    }

    private static Choice threads(String reason, boolean io) {
        return new Choice(new Placement(THREADS, reason), io, null);
    }

    private static Choice processes(String reason, byte[] function) {
        return new Choice(new Placement(PROCESSES, reason), false, function);
    }

    private static String firstLine(SerializationException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}

package io.clustrix.local;

import io.clustrix.spi.Placement;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.Work;
import io.clustrix.worker.CarriesFunction;
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
        String obstacle = null;
        byte[] function = null;
        if (usersFunction(work) instanceof MethodCall call) {
            obstacle = obstacle("the function", call.target());
            @Nullable Object[] arguments = call.arguments();
            for (int i = 0; i < arguments.length && obstacle == null; i++) {
                obstacle = obstacle("argument " + (i + 1), arguments[i]);
            }
        }
        if (obstacle == null) {
            try {
                function = codec.encode(work.function());
            } catch (SerializationException e) {
                obstacle = described("the function", e);
            }
        }
        if (work instanceof Work.Each each && obstacle == null) {
            int i = 0;
            for (Object item : each.items()) {
                obstacle = obstacle("item " + i++, item);
                if (obstacle != null) {
                    break;
                }
            }
        }
        String indicator = indicator(work);
        if (obstacle != null || function == null) {
            return threads(String.valueOf(obstacle), indicator != null);
        }
        return indicator != null
                ? threads("it does I/O or waits: " + indicator, true)
                : processes("it can be serialized and shows no sign of I/O", function);
    }

    /** Why a value can't be shipped; null if it can. */
    private @Nullable String obstacle(String what, @Nullable Object value) {
        try {
            codec.encode(value);
            return null;
        } catch (SerializationException e) {
            return described(what, e);
        }
    }

    private static String described(String what, SerializationException e) {
        return what + " can't be serialized: "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static Object usersFunction(Work work) {
        Object function = work.function();
        while (function instanceof CarriesFunction wrapper) {
            function = wrapper.carried();
        }
        return function;
    }

    private @Nullable String indicator(Work work) {
        Object function = usersFunction(work);
        IoVerdict verdict;
        if (function instanceof MethodCall call) {
            try {
                Object target = call.target();
                verdict = indicators.of(
                        target == null ? call.method().getDeclaringClass() : target.getClass(), call.method());
            } catch (NoSuchMethodException e) {
                return null;
            }
        } else {
            verdict = indicators.of(function);
        }
        return verdict instanceof IoVerdict.Found found ? found.indicator() : null;
    }

    private static Choice threads(String reason, boolean io) {
        return new Choice(new Placement(THREADS, reason), io, null);
    }

    private static Choice processes(String reason, byte[] function) {
        return new Choice(new Placement(PROCESSES, reason), false, function);
    }
}

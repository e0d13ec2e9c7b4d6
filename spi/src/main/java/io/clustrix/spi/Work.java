package io.clustrix.spi;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a job computes: one call, a function over items, or a function over a range of numbers. Tasks are numbered from
 * 0.
 */
public sealed interface Work {

    /** How many tasks it has. */
    int tasks();

    /** The user's function object, as it was passed. */
    Object function();

    /**
     * One task.
     *
     * @param function what is called
     */
    record Call(RemoteCallable<?> function) implements Work {
        @Override
        public int tasks() {
            return 1;
        }
    }

    /**
     * One task for each item.
     *
     * @param function what is applied to each item
     * @param items the items, {@code null}s allowed; not to be changed by anybody while the job lives
     */
    record Each(RemoteFunction<?, ?> function, List<? extends @Nullable Object> items) implements Work {
        /** Shows the items through an unmodifiable view; the caller has copied them. */
        public Each {
            items = Collections.unmodifiableList(items);
        }

        @Override
        public int tasks() {
            return items.size();
        }
    }

    /**
     * One task for each number of a range.
     *
     * @param function what is applied to each number
     * @param from the first number
     * @param to the number after the last
     */
    record Range(RemoteIntFunction<?> function, int from, int to) implements Work {
        /**
         * Checks the range.
         *
         * @throws IllegalArgumentException if it is turned round or has more than 2^31 - 1 numbers
         */
        public Range {
            if (to < from || (long) to - from > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("the range from " + from + " to " + to
                        + (to < from ? " is turned round" : " has more than 2,147,483,647 numbers"));
            }
        }

        @Override
        public int tasks() {
            return to - from;
        }
    }
}

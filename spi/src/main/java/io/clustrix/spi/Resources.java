package io.clustrix.spi;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What each worker of a job asks for. What is absent is left to the configuration and then to the site.
 *
 * @param cores processor cores of one worker, at least 1
 * @param memory memory of one worker in all, never for each core (requirement R48)
 * @param walltime how long one attempt may run, whole seconds
 * @param nodes nodes of one worker, at least 1
 * @param gpus graphics processors of one worker, at least 1
 * @param queue the queue (PBS, Grid Engine) or partition (Slurm): one thing under two names
 * @param account the account or project that is charged
 * @param options the scheduler's own options by their long names, without dashes; an empty value is a flag
 */
public record Resources(
        OptionalInt cores,
        Optional<Memory> memory,
        Optional<Duration> walltime,
        OptionalInt nodes,
        OptionalInt gpus,
        Optional<String> queue,
        Optional<String> account,
        Map<String, String> options) {

    private static final Resources NONE = new Resources(
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Map.of());

    /**
     * Checks each value.
     *
     * @throws IllegalArgumentException if a number is below 1, the walltime is not whole seconds of at least 1, or a
     *     text is blank or has control characters; the message names the resource
     */
    public Resources {
        positive("cores", cores);
        positive("nodes", nodes);
        positive("gpus", gpus);
        walltime.ifPresent(Walltime::format);
        queue.ifPresent(q -> Names.checked("queue", q));
        account.ifPresent(a -> Names.checked("account", a));
        options.forEach((k, v) -> {
            if (!k.matches("[A-Za-z][A-Za-z0-9_.-]*")) {
                throw new IllegalArgumentException(
                        "option name '" + k + "' is not of the form [A-Za-z][A-Za-z0-9_.-]* (no dashes in front)");
            }
            if (!v.isEmpty()) {
                Names.checked("option " + k, v);
            }
        });
        options = options.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(options));
    }

    private static void positive(String what, OptionalInt n) {
        if (n.isPresent() && n.getAsInt() < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, not " + n.getAsInt());
        }
    }

    /** Asks for nothing. */
    public static Resources none() {
        return NONE;
    }

    /** A builder that starts from nothing. */
    public static Builder builder() {
        return new Builder(NONE);
    }

    /** A builder that starts from this. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** This, and where it says nothing, the defaults; options are merged by name. */
    public Resources orElse(Resources defaults) {
        if (defaults.equals(NONE)) {
            return this;
        }
        Map<String, String> merged = new TreeMap<>(defaults.options);
        merged.putAll(options);
        return new Resources(
                cores.isPresent() ? cores : defaults.cores,
                memory.or(() -> defaults.memory),
                walltime.or(() -> defaults.walltime),
                nodes.isPresent() ? nodes : defaults.nodes,
                gpus.isPresent() ? gpus : defaults.gpus,
                queue.or(() -> defaults.queue),
                account.or(() -> defaults.account),
                merged);
    }

    /**
     * Collects resources; not thread-safe. Each method checks its value at {@link #build()}, texts when they are
     * parsed.
     */
    public static final class Builder {
        private OptionalInt cores;
        private Optional<Memory> memory;
        private Optional<Duration> walltime;
        private OptionalInt nodes;
        private OptionalInt gpus;
        private Optional<String> queue;
        private @Nullable String queueWord;
        private Optional<String> account;
        private final Map<String, String> options;

        private Builder(Resources r) {
            cores = r.cores;
            memory = r.memory;
            walltime = r.walltime;
            nodes = r.nodes;
            gpus = r.gpus;
            queue = r.queue;
            account = r.account;
            options = new TreeMap<>(r.options);
        }

        /** Processor cores of one worker. */
        public Builder cores(int n) {
            cores = OptionalInt.of(n);
            return this;
        }

        /** Memory of one worker in all. */
        public Builder memory(Memory amount) {
            memory = Optional.of(amount);
            return this;
        }

        /**
         * Memory of one worker in all, as {@link Memory#parse} reads it.
         *
         * @throws IllegalArgumentException as {@link Memory#parse} does
         */
        public Builder memory(String amount) {
            return memory(Memory.parse(amount));
        }

        /** How long one attempt may run. */
        public Builder time(Duration limit) {
            walltime = Optional.of(limit);
            return this;
        }

        /**
         * How long one attempt may run, as {@link Walltime#parse} reads it.
         *
         * @throws IllegalArgumentException as {@link Walltime#parse} does
         */
        public Builder time(String limit) {
            return time(Walltime.parse(limit));
        }

        /** Nodes of one worker. */
        public Builder nodes(int n) {
            nodes = OptionalInt.of(n);
            return this;
        }

        /** Graphics processors of one worker. */
        public Builder gpus(int n) {
            gpus = OptionalInt.of(n);
            return this;
        }

        /**
         * The queue, as PBS and Grid Engine call it.
         *
         * @throws IllegalArgumentException if {@link #partition} was called as well
         */
        public Builder queue(String name) {
            return place("queue", name);
        }

        /**
         * The partition, as Slurm calls a queue.
         *
         * @throws IllegalArgumentException if {@link #queue} was called as well
         */
        public Builder partition(String name) {
            return place("partition", name);
        }

        private Builder place(String word, String name) {
            if (queueWord != null && !queueWord.equals(word)) {
                throw new IllegalArgumentException(
                        "partition and queue are the same thing under two names; set one of them");
            }
            queueWord = word;
            queue = Optional.of(name);
            return this;
        }

        /** The account or project that is charged. */
        public Builder account(String name) {
            account = Optional.of(name);
            return this;
        }

        /** One of the scheduler's own options by its long name, without dashes; an empty value makes a flag. */
        public Builder option(String name, String value) {
            options.put(name, value);
            return this;
        }

        /**
         * The resources.
         *
         * @throws IllegalArgumentException as the record's constructor does
         */
        public Resources build() {
            return new Resources(cores, memory, walltime, nodes, gpus, queue, account, options);
        }
    }
}

package io.clustrix;

import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Walltime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns annotations into options, and collects everything that is wrong with them. */
final class AttributeReader {
    private final String place;
    private final List<String> problems;
    private final ClusterAnnotations.Found found;

    AttributeReader(String place, ClusterAnnotations.Found found, List<String> problems) {
        this.place = place;
        this.found = found;
        this.problems = problems;
    }

    String cluster() {
        return text(Cluster::cluster);
    }

    CallOptions options(String name, List<GuardedListener> listeners) {
        Resources.Builder builder = Resources.builder();
        number("cores", Cluster::cores, builder::cores);
        number("nodes", Cluster::nodes, builder::nodes);
        number("gpus", Cluster::gpus, builder::gpus);
        check("memory", text(Cluster::memory), t -> builder.memory(Memory.parse(t)));
        check("time", text(Cluster::time), t -> builder.time(Walltime.parse(t)));
        place(builder);
        check("account", text(Cluster::account), t -> {
            Resources.builder().account(t).build();
            builder.account(t);
        });
        schedulerOptions()
                .forEach((k, v) -> check("options", k + "=" + v, t -> {
                    Resources.builder().option(k, v).build();
                    builder.option(k, v);
                }));

        CallOptions[] options = {CallOptions.none(listeners).name(name).resources(builder.build())};
        check("name", text(Cluster::name), t -> {
            CallOptions named = options[0].name(t);
            named.over(Resources.none()); // checks it
            options[0] = named;
        });
        check("timeout", text(Cluster::timeout), t -> options[0] = options[0].timeout(timeout(t)));
        return options[0];
    }

    private static Duration timeout(String text) {
        return text.matches("\\d{1,12}\\s*ms")
                ? Duration.ofMillis(Long.parseLong(text.replaceAll("\\D", "")))
                : Walltime.parse(text);
    }

    /** Partition and queue are one attribute under two names: the method's one overrides the class's other. */
    private void place(Resources.Builder builder) {
        Cluster own = found.own();
        Cluster from =
                own != null && (!own.partition().isEmpty() || !own.queue().isEmpty()) ? own : found.type();
        if (from == null) {
            return;
        }
        if (!from.partition().isEmpty() && !from.queue().isEmpty()) {
            problem("partition and queue", "they are the same thing under two names; set one of them");
            return;
        }
        String attribute = from.queue().isEmpty() ? "partition" : "queue";
        check(attribute, from.queue().isEmpty() ? from.partition() : from.queue(), t -> {
            Resources.builder().queue(t).build();
            builder.queue(t);
        });
    }

    private Map<String, String> schedulerOptions() {
        Map<String, String> all = new LinkedHashMap<>();
        schedulerOptions(found.type(), all);
        schedulerOptions(found.own(), all);
        return all;
    }

    private void schedulerOptions(@Nullable Cluster from, Map<String, String> into) {
        if (from == null) {
            return;
        }
        Map<String, String> these = new LinkedHashMap<>();
        for (String option : from.options()) {
            int equals = option.indexOf('=');
            String key = equals < 0 ? option : option.substring(0, equals);
            if (these.put(key, equals < 0 ? "" : option.substring(equals + 1)) != null) {
                problem("options", "'" + key + "' is there twice");
            }
        }
        into.putAll(these);
    }

    private interface Attribute<T> {
        T of(Cluster annotation);
    }

    /** The method's value, or else the class's; empty if neither is set. */
    private String text(Attribute<String> attribute) {
        Cluster own = found.own();
        Cluster type = found.type();
        String first = own == null ? "" : attribute.of(own);
        return first.isEmpty() && type != null ? attribute.of(type) : first;
    }

    private void number(String name, Attribute<Integer> attribute, Consumer<Integer> set) {
        Cluster own = found.own();
        Cluster type = found.type();
        int n = own == null ? Cluster.UNSET : attribute.of(own);
        if (n == Cluster.UNSET && type != null) {
            n = attribute.of(type);
        }
        if (n == Cluster.UNSET) {
            return;
        }
        if (n < 1) {
            problem(name, "must be at least 1, not " + n);
        } else {
            set.accept(n);
        }
    }

    private void check(String attribute, String value, Consumer<String> set) {
        if (!value.isEmpty()) {
            try {
                set.accept(value);
            } catch (IllegalArgumentException e) {
                problem(attribute, String.valueOf(e.getMessage()));
            }
        }
    }

    void problem(String attribute, String what) {
        problems.add(place + ": " + attribute + ": " + what);
    }
}

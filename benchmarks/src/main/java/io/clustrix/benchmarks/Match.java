package io.clustrix.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Rounds of a trial in turn: first one of each contender, then the next of each, so that a machine that is slow for a
 * while is slow for all.
 */
final class Match {
    private final Report report;
    private final List<Entrant> entrants = new ArrayList<>();

    Match(Report report) {
        this.report = report;
    }

    void enter(Optional<ContenderProcess> contender, String trial, int tasks, int batches, int rounds) {
        contender.ifPresent(c -> entrants.add(new Entrant(c, trial, tasks, batches, rounds)));
    }

    /** Plays, for about so long at most: each has one round at least. */
    Match play(Duration warmUp, Duration limit) throws InterruptedException {
        for (Entrant e : entrants) {
            e.warmUp(warmUp);
        }
        long end = System.nanoTime() + limit.toNanos();
        boolean first = true;
        while (entrants.stream().anyMatch(Entrant::wantsMore) && (first || System.nanoTime() - end < 0)) {
            for (Entrant e : entrants) {
                if (e.wantsMore()) {
                    e.play();
                }
            }
            first = false;
        }
        for (Entrant e : entrants) {
            e.failure().ifPresent(report::note);
        }
        return this;
    }

    /** Reports one figure of every contender that has it. */
    Match report(Metric metric, Function<Entrant, Optional<Samples>> figure) {
        Map<String, Samples> all = new LinkedHashMap<>();
        for (Entrant e : entrants) {
            figure.apply(e).ifPresent(s -> all.put(e.name(), s));
        }
        report.figures(metric, all);
        return this;
    }
}

package io.clustrix.benchmarks;

import java.time.Duration;

/** How much is measured, and how much time there is for it, counted from when the plan was made. */
final class Plan {
    /** No part may take more than this share of what is left, so that a slow machine measures less of everything. */
    private static final int SHARE = 4;

    private final boolean peers;
    private final int rounds;
    private final Duration warmUp;
    private final Duration trial;
    private final long end;

    private Plan(boolean peers, int rounds, Duration warmUp, Duration trial, Duration whole) {
        this.peers = peers;
        this.rounds = rounds;
        this.warmUp = warmUp;
        this.trial = trial;
        end = System.nanoTime() + whole.toNanos();
    }

    static Plan full() {
        return new Plan(true, 7, Duration.ofSeconds(5), Duration.ofSeconds(25), Duration.ofSeconds(210));
    }

    static Plan quick() {
        return new Plan(false, 5, Duration.ofSeconds(3), Duration.ofSeconds(5), Duration.ofSeconds(50));
    }

    /** Whether contenders that need long, Hazelcast and those in Python, take part. */
    boolean peers() {
        return peers;
    }

    /** How many rounds of each contender count. */
    int rounds() {
        return rounds;
    }

    /** How long each contender of a trial that begins now may warm up. */
    Duration warmUp() {
        return atMost(warmUp, SHARE * 4);
    }

    /** How long the rounds of a trial that begins now may take. */
    Duration trial() {
        return atMost(trial, SHARE);
    }

    private Duration atMost(Duration wanted, int share) {
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime())).dividedBy(share);
        return wanted.compareTo(left) < 0 ? wanted : left;
    }
}

package io.clustrix.host.ssh;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Command;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection to a host: opened when it is first needed and again when it broke (requirement R43). Only one
 * attempt is under way at a time, and all who need it wait for it, each for as long as its command may take. Between
 * attempts that failed for the network's sake there is a pause that grows. Thread-safe.
 */
final class Links {
    private static final Logger LOG = LoggerFactory.getLogger(Links.class);
    /** A host that has never answered may not exist: then a quick error is worth more than patience. */
    private static final int FIRST_ATTEMPTS = 3;
    /** For how many pauses a name that has never been known may be unknown; about 10 s. */
    private static final int UNKNOWN_NAME = 10;

    private final String destination;
    private final Supplier<List<Hop>> route;
    private final Dialer dialer;
    private final SshSettings settings;
    private final ScheduledExecutorService clock;

    private final Object state = new Object();
    private @Nullable Link link;
    private @Nullable ScheduledFuture<?> watch;
    private @Nullable Thread dialing;
    private long round; // counts attempts that ended
    private @Nullable RuntimeException refusal; // of the last attempt, if trying again does not help
    private @Nullable IOException failure; // of the last attempt, if it was the network
    private int failures;
    private @Nullable Deadline nameKnownBy; // while nobody knows the name
    private boolean everConnected;
    private Deadline notBefore = Deadline.in(Duration.ZERO);
    private boolean closed;

    Links(
            String destination,
            Supplier<List<Hop>> route,
            Dialer dialer,
            SshSettings settings,
            ScheduledExecutorService clock) {
        this.destination = destination;
        this.route = route;
        this.dialer = dialer;
        this.settings = settings;
        this.clock = clock;
    }

    /** A connection that is up. */
    Link get(Command command, Deadline deadline) throws InterruptedException {
        synchronized (state) {
            while (true) {
                if (closed) {
                    throw SshHost.closed(destination, command, "it was not sent");
                }
                Link current = link;
                if (current != null && current.isAlive()) {
                    return current;
                }
                if (current != null) {
                    forget(current);
                }
                if (deadline.isOver()) {
                    throw unreachable(command, failure);
                }
                if (dialing == null && notBefore.isOver()) {
                    start();
                }
                await(command, deadline);
            }
        }
    }

    // Until an attempt ended or may begin. The caller holds the monitor.
    private void await(Command command, Deadline deadline) throws InterruptedException {
        if (dialing == null) {
            if (notBefore.nanoTime() - deadline.nanoTime() > 0) {
                throw unreachable(command, failure);
            }
            notBefore.await(state);
            return;
        }
        long before = round;
        while (round == before && !closed && !deadline.isOver()) {
            deadline.await(state);
        }
        if (round == before || closed) {
            return;
        }
        if (refusal != null) {
            throw refusal;
        }
        if (failure != null
                && !everConnected
                && failures >= FIRST_ATTEMPTS
                && !(failure instanceof UnknownNameException)) {
            throw unreachable(command, failure);
        }
    }

    private HostException unreachable(Command command, @Nullable IOException why) {
        String reason = why == null ? "the connection was not up in time" : reason(why);
        return new HostException(
                destination + " can't be reached: " + reason + ". " + Words.of(command) + " was not sent",
                List.of(
                        why instanceof UnknownNameException
                                ? "check the name, and whether you are in the site's network (VPN)"
                                : "try: ssh " + (destination.contains(":") ? "ssh://" : "") + destination + " true"),
                why);
    }

    private static String reason(IOException e) {
        return String.valueOf(e.getMessage() == null ? Words.of(e) : e.getMessage());
    }

    // A name that was known once is a matter of the network (requirement R45). One that never was may be misspelt, and
    // then nobody should wait for ever. The caller holds the monitor.
    private @Nullable HostException misspelt(@Nullable IOException problem) {
        if (everConnected || !(problem instanceof UnknownNameException unknown)) {
            nameKnownBy = null;
            return null;
        }
        Deadline by = nameKnownBy;
        if (by == null) {
            nameKnownBy = Deadline.in(settings.reconnectPause().multipliedBy(UNKNOWN_NAME));
            return null;
        }
        return by.isOver()
                ? new HostException(
                        Fault.CONFIGURATION,
                        false,
                        destination + " can't be reached: " + reason(unknown)
                                + ", after several attempts and with no connection so far",
                        List.of(
                                "it may be misspelt; it is set by " + unknown.setting(),
                                "or it is known in the site's network only: is a VPN off?"),
                        unknown)
                : null;
    }

    private void start() {
        Thread thread = new Thread(this::dial, "clustrix-ssh-" + destination + "-connect");
        thread.setDaemon(true);
        dialing = thread;
        thread.start();
    }

    private void dial() {
        @Nullable Link made = null;
        @Nullable IOException network = null;
        @Nullable RuntimeException refused = null;
        long start = System.nanoTime();
        try {
            made = dialer.dial(route.get());
        } catch (IOException e) {
            network = e;
        } catch (ClustrixException e) {
            refused = e;
        } catch (RuntimeException e) {
            // sshj has some for a link that breaks at the wrong moment.
            network = new IOException(Words.of(e), e);
        } catch (Error e) {
            refused =
                    new HostException(Fault.BUG, false, "connecting to " + destination + " failed: " + e, List.of(), e);
        }
        boolean tooLate;
        synchronized (state) {
            dialing = null;
            round++;
            failure = network;
            HostException misspelt = misspelt(network);
            refusal = misspelt == null ? refused : misspelt;
            tooLate = closed;
            if (made != null && !tooLate) {
                LOG.info(
                        "{} to {} in {} ({})",
                        everConnected ? "connected again" : "connected",
                        destination,
                        Words.of(Duration.ofNanos(System.nanoTime() - start)),
                        made.server());
                failures = 0;
                everConnected = true;
                link = made;
                watch(made);
            } else if (network != null) {
                failures++;
                Duration pause = pause();
                notBefore = Deadline.in(pause);
                LOG.info(
                        "{} can't be reached ({}); not tried again within {}",
                        destination,
                        reason(network),
                        Words.of(pause));
            }
            state.notifyAll();
        }
        if (made != null && tooLate) {
            made.close("clustrix-ssh-" + destination + "-parting");
        }
    }

    // Doubles; a half of it is left to chance, so that many drivers do not come back at the same moment.
    private Duration pause() {
        long first = settings.reconnectPause().toMillis();
        long most = settings.longestReconnectPause().toMillis();
        long millis = Math.min(most, first << Math.min(20, failures - 1));
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    private void watch(Link current) {
        long millis = settings.keepAlive().orElse(Duration.ofSeconds(1)).toMillis();
        long interval = Math.max(250, Math.min(1000, millis / 4));
        watch = clock.scheduleWithFixedDelay(
                () -> {
                    if (current.isAlive()) {
                        current.checkSignsOfLife();
                    } else {
                        synchronized (state) {
                            if (link == current) {
                                forget(current);
                            }
                        }
                    }
                },
                interval,
                interval,
                TimeUnit.MILLISECONDS);
    }

    private void forget(Link broken) {
        LOG.info(
                "the connection to {} broke{}",
                destination,
                broken.end().map(e -> ": " + e).orElse(""));
        stopWatch();
        link = null;
        broken.breakOff("it ended");
    }

    private void stopWatch() {
        if (watch != null) {
            watch.cancel(false);
            watch = null;
        }
    }

    void close() {
        Link last;
        synchronized (state) {
            closed = true;
            last = link;
            link = null;
            stopWatch();
            if (dialing != null) {
                dialing.interrupt();
            }
            state.notifyAll();
        }
        if (last != null) {
            last.close("clustrix-ssh-" + destination + "-parting");
        }
    }
}

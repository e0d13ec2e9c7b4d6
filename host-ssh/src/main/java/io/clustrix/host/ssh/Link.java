package io.clustrix.host.ssh;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.transport.TransportException;
import org.jspecify.annotations.Nullable;

/** A connection that is logged in, with those to the jump hosts that it goes through. */
final class Link {
    private static final Duration PARTING = Duration.ofSeconds(1);

    /**
     * One host on the way.
     *
     * @param heard when something last came from it, by {@link System#nanoTime()}
     */
    record Leg(Hop hop, SSHClient client, LongSupplier heard) {}

    private final Socket socket;
    private final List<Leg> legs;
    private volatile @Nullable String end;

    Link(Socket socket, List<Leg> legs) {
        this.socket = socket;
        this.legs = List.copyOf(legs);
    }

    private SSHClient last() {
        return legs.get(legs.size() - 1).client();
    }

    boolean isAlive() {
        return end == null && legs.stream().allMatch(l -> l.client().isConnected());
    }

    /**
     * True if this tells of the line and not of what the server answered: a link may be found broken only a moment
     * later.
     */
    static boolean broke(Throwable why) {
        Throwable next = why;
        for (int i = 0; i < 20 && next != null; i++, next = next.getCause()) {
            if (next instanceof TransportException
                    || (next instanceof IOException && !(next instanceof SSHException))) {
                return true;
            }
        }
        return false;
    }

    ExecChannel channel(String marker, Executor writers) {
        return new ExecChannel(last().getConnection(), marker, writers);
    }

    String server() {
        return String.valueOf(last().getTransport().getServerVersion()).replaceFirst("^2\\.0-", "");
    }

    /** Ends it if a host on the way was silent for three times its interval. */
    void checkSignsOfLife() {
        for (Leg leg : legs) {
            Duration silent = Duration.ofNanos(System.nanoTime() - leg.heard().getAsLong());
            if (silent.compareTo(leg.hop().keepAlive().multipliedBy(3)) > 0) {
                breakOff("no sign of life from " + leg.hop().place() + " for " + Words.of(silent));
                return;
            }
        }
    }

    /** Why it ended, if it was ended here. */
    Optional<String> end() {
        return Optional.ofNullable(end);
    }

    /** Ends it at once; writing to it may be stuck. */
    void breakOff(String why) {
        if (end == null) {
            end = why;
        }
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no more use in any case.
        }
    }

    /** Says good-bye, for a second at most, and ends it. */
    void close(String threadName) {
        end = "closed";
        Thread parting = new Thread(
                () -> {
                    for (int i = legs.size() - 1; i >= 0; i--) {
                        disconnect(legs.get(i).client());
                    }
                },
                threadName);
        parting.setDaemon(true);
        parting.start();
        try {
            parting.join(PARTING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        breakOff("closed");
    }

    private static void disconnect(SSHClient client) {
        try {
            client.disconnect();
        } catch (IOException | RuntimeException e) {
            // The socket is closed next.
        }
    }
}

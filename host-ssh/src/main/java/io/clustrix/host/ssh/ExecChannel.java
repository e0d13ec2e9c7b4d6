package io.clustrix.host.ssh;

import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.common.SSHPacket;
import net.schmizz.sshj.connection.Connection;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.transport.TransportException;
import org.jspecify.annotations.Nullable;

/** One command. What it writes to its standard error is dealt with as it comes and kept in part. */
final class ExecChannel extends FlowChannel {
    private static final int KEPT_OF_ERRORS = 64 * 1024;
    private static final int STANDARD_ERROR = 1;
    private static final Map<String, Integer> SIGNALS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("ILL", 4),
            Map.entry("TRAP", 5),
            Map.entry("ABRT", 6),
            Map.entry("BUS", 7),
            Map.entry("FPE", 8),
            Map.entry("KILL", 9),
            Map.entry("USR1", 10),
            Map.entry("SEGV", 11),
            Map.entry("USR2", 12),
            Map.entry("PIPE", 13),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15));

    private final Executor writers;
    private final Object errors = new Object();
    private final Ending ending = new Ending(KEPT_OF_ERRORS);
    private final AfterMarker afterMarker;
    private final Object start = new Object();
    private boolean sent;
    private boolean unwanted;
    private volatile @Nullable Integer exit;

    /** With who may write to the connection when the reading thread finds that something is to be acknowledged. */
    ExecChannel(Connection connection, String marker, Executor writers) {
        super(connection, "session");
        this.writers = writers;
        this.afterMarker = new AfterMarker(marker, ending);
    }

    /**
     * Starts the command.
     *
     * @return false if it was not, because {@link #withdraw()} came first
     */
    boolean exec(String text, Deadline deadline) throws SSHException {
        synchronized (start) {
            if (unwanted) {
                return false;
            }
            sent = true;
        }
        sendChannelRequest("exec", true, new Buffer.PlainBuffer().putString(text))
                .await(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline.nanos())), TimeUnit.MILLISECONDS);
        return true;
    }

    /**
     * Keeps the command from being started.
     *
     * @return false if it has been sent already
     */
    boolean withdraw() {
        synchronized (start) {
            unwanted = true;
            return !sent;
        }
    }

    boolean wasSent() {
        synchronized (start) {
            return sent;
        }
    }

    /** Kills the process group of the command, with servers that can (OpenSSH 7.9 and newer). */
    void kill() throws TransportException {
        request("signal", new Buffer.PlainBuffer().putString("KILL"));
    }

    /** The exit code, if the server has told it. */
    OptionalInt exit() {
        Integer code = exit;
        return code == null ? OptionalInt.empty() : OptionalInt.of(code);
    }

    /** The end of its standard error; what the login shell wrote before the command is left out. */
    String errors() {
        synchronized (errors) {
            return afterMarker.found() ? ending.toString() : afterMarker.before();
        }
    }

    @Override
    protected void gotExtendedData(SSHPacket packet) throws SSHException {
        int type = packet.readUInt32AsInt();
        byte[] data = content(packet);
        if (type == STANDARD_ERROR) {
            keep(data);
        }
        if (dealtWith(data.length)) {
            writers.execute(this::acknowledgeQuietly);
        }
    }

    private void keep(byte[] data) throws ConnectionException {
        synchronized (errors) {
            try {
                if (!afterMarker.accept(data)) {
                    afterMarker.giveUp();
                }
            } catch (IOException e) {
                throw new ConnectionException(e);
            }
        }
    }

    /** Tells the server that it may go on, on another thread. */
    void dealtWithLater(int bytes) {
        if (dealtWith(bytes)) {
            writers.execute(this::acknowledgeQuietly);
        }
    }

    private void acknowledgeQuietly() {
        try {
            acknowledge();
        } catch (TransportException e) {
            // The link broke; whoever waits for the command is told.
        }
    }

    // Not the super class's: it closes the channel at a signal, before the rest of the output has come.
    @Override
    protected void handleRequest(String type, SSHPacket packet) throws ConnectionException, TransportException {
        try {
            if ("exit-status".equals(type)) {
                exit = packet.readUInt32AsInt();
            } else if ("exit-signal".equals(type)) {
                exit = 128 + SIGNALS.getOrDefault(packet.readString(), 0);
            } else {
                super.handleRequest(type, packet);
            }
        } catch (Buffer.BufferException e) {
            throw malformed(e);
        }
    }
}

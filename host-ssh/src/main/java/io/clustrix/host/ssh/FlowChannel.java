package io.clustrix.host.ssh;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.Message;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.common.SSHPacket;
import net.schmizz.sshj.connection.Connection;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.connection.channel.ChannelInputStream;
import net.schmizz.sshj.connection.channel.direct.AbstractDirectChannel;
import net.schmizz.sshj.transport.TransportException;
import org.jspecify.annotations.Nullable;

/**
 * A channel with flow control of its own.
 *
 * <p>sshj's streams are not used, because its output stream loses data at {@code close()} when the window is empty,
 * gives up when the other side does not read for a while, and holds a lock meanwhile that the connection's only reading
 * thread needs when the channel is closed, so that one command stops all. Here the reading thread never waits and never
 * writes: what came is acknowledged by who takes it.
 */
abstract class FlowChannel extends AbstractDirectChannel {
    private static final long ACKNOWLEDGE_FROM = 256 * 1024;
    private static final int LARGEST_PACKET = 32 * 1024;

    private final Object state = new Object();
    // Nothing may be sent on a channel after it was closed: the server ends the connection then.
    private final Object sending = new Object();
    private final ArrayDeque<byte[]> received = new ArrayDeque<>();
    private long sendWindow;
    private int packetSize = LARGEST_PACKET;
    private long taken;
    private boolean opened;
    private boolean abandoned;
    private boolean ended;
    private boolean closed;
    private @Nullable SSHException error;
    private volatile long heard = System.nanoTime();

    FlowChannel(Connection connection, String type) {
        super(connection, type);
    }

    /** Opens it. */
    final void open(Deadline deadline) throws SSHException {
        trans.write(buildOpenReq());
        openEvent.await(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline.nanos())), TimeUnit.MILLISECONDS);
    }

    /** Closes it now, or as soon as it is open. */
    final void abandon() {
        synchronized (state) {
            abandoned = true;
            if (!opened) {
                return;
            }
        }
        shut();
    }

    /** Sends the close message, if that has not been done, and waits for nothing. */
    final void shut() {
        synchronized (state) {
            closed = true;
            state.notifyAll();
        }
        synchronized (sending) {
            try {
                sendClose();
            } catch (TransportException e) {
                // The link is gone, and the channel with it.
            }
        }
    }

    /** Sends all of it; waits as long as the other side does not take it. */
    final void send(byte[] data, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int n = claim(end - at);
            synchronized (sending) {
                refuseIfClosed();
                trans.write(newBuffer(Message.CHANNEL_DATA).putString(data, at, n));
            }
            at += n;
        }
    }

    private int claim(int wanted) throws IOException {
        synchronized (state) {
            try {
                while (sendWindow == 0 && !closed) {
                    state.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChannelClosedException(e);
            }
            refuseIfClosed();
            int n = (int) Math.min(Math.min(wanted, sendWindow), packetSize);
            sendWindow -= n;
            return n;
        }
    }

    private void refuseIfClosed() throws ChannelClosedException {
        synchronized (state) {
            if (closed) {
                throw new ChannelClosedException(error);
            }
        }
    }

    /** Says that nothing more will be sent. */
    final void sendEnd() throws IOException {
        synchronized (sending) {
            refuseIfClosed();
            trans.write(newBuffer(Message.CHANNEL_EOF));
        }
    }

    /** A request that asks for no answer; nothing if the channel is closed. */
    final void request(String type, Buffer.PlainBuffer content) throws TransportException {
        synchronized (sending) {
            synchronized (state) {
                if (closed) {
                    return;
                }
            }
            sendChannelRequest(type, false, content);
        }
    }

    /**
     * The next piece of what came, or null at its end.
     *
     * @throws SSHException if the link broke; what came before it has been returned
     */
    final byte @Nullable [] take(Deadline deadline) throws InterruptedException, TimeoutException, SSHException {
        synchronized (state) {
            while (received.isEmpty() && !ended && !closed) {
                if (deadline.isOver()) {
                    throw new TimeoutException();
                }
                deadline.await(state);
            }
            byte[] next = received.poll();
            if (next == null && error != null) {
                throw error;
            }
            return next;
        }
    }

    /** Waits until both sides have closed it. */
    final void awaitClosed(Deadline deadline) throws InterruptedException, TimeoutException, SSHException {
        synchronized (state) {
            while (!closed) {
                if (deadline.isOver()) {
                    throw new TimeoutException();
                }
                deadline.await(state);
            }
            if (error != null) {
                throw error;
            }
        }
    }

    final boolean isOver() {
        synchronized (state) {
            return closed;
        }
    }

    /** By {@link System#nanoTime()}, when something last came. */
    final long heard() {
        return heard;
    }

    /**
     * Counts what has been dealt with.
     *
     * @return whether it is time to {@link #acknowledge()}
     */
    final boolean dealtWith(int bytes) {
        synchronized (state) {
            boolean before = taken >= ACKNOWLEDGE_FROM;
            taken += bytes;
            return !before && taken >= ACKNOWLEDGE_FROM;
        }
    }

    /** Lets the other side send as much again as was dealt with. Writes, so never called by the reading thread. */
    final void acknowledge() throws TransportException {
        synchronized (sending) {
            long bytes;
            synchronized (state) {
                if (closed) {
                    return;
                }
                bytes = taken;
                taken = 0;
            }
            trans.write(newBuffer(Message.CHANNEL_WINDOW_ADJUST).putUInt32(bytes));
        }
    }

    // --- from here on: called by the reading thread ---

    @Override
    public void handle(Message message, SSHPacket packet) throws SSHException {
        heard = System.nanoTime();
        if (message == Message.CHANNEL_WINDOW_ADJUST) {
            long more = packet.readUInt32();
            synchronized (state) {
                sendWindow += more;
                state.notifyAll();
            }
            return;
        }
        super.handle(message, packet);
    }

    @Override
    protected void init(int recipient, long remoteWindow, long remotePacketSize) {
        super.init(recipient, remoteWindow, remotePacketSize);
        boolean unwanted;
        synchronized (state) {
            sendWindow = remoteWindow;
            packetSize = (int) Math.max(1, Math.min(remotePacketSize, LARGEST_PACKET));
            opened = true;
            unwanted = abandoned;
        }
        if (unwanted) {
            shut();
        }
    }

    @Override
    protected void receiveInto(ChannelInputStream stream, SSHPacket packet) throws SSHException {
        byte[] data = content(packet);
        synchronized (state) {
            received.add(data);
            state.notifyAll();
        }
    }

    static byte[] content(SSHPacket packet) throws SSHException {
        return packet.readBytes();
    }

    @Override
    protected void eofInputStreams() {
        super.eofInputStreams();
        synchronized (state) {
            ended = true;
            state.notifyAll();
        }
    }

    // Called when the close message came, before ours goes out.
    @Override
    protected void closeAllStreams() {
        synchronized (state) {
            closed = true;
            state.notifyAll();
        }
        synchronized (sending) {
            // Whoever is sending has finished.
        }
    }

    @Override
    public void notifyError(SSHException problem) {
        // The super class registers the channel before this class's fields are there.
        @Nullable Object lock = state;
        if (lock != null) {
            synchronized (lock) {
                error = problem;
                closed = true;
                lock.notifyAll();
            }
        }
        super.notifyError(problem);
    }

    static ConnectionException malformed(Buffer.BufferException e) {
        return new ConnectionException(e);
    }
}

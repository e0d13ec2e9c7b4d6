package io.clustrix.scheduler.k8s;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A command over a WebSocket, by Kubernetes' own protocol v4: messages whose first byte says which stream they are of.
 * Kubernetes tells the end of a command in a message of its own; a connection that ends without one was cut. fabric8's
 * {@code ExecWatch} does not tell these two apart, and loses input that comes faster than it can be sent.
 */
final class ExecStream implements PodCommand, WebSocket.Listener {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int STATUS = 3;

    private static final int MESSAGE = 32 * 1024;
    private static final int KEPT_ERRORS = 64 << 10;

    /** From here on no more is asked for until somebody reads. */
    private static final int MOST_AHEAD = 512 << 10;

    private static final long SEND_PAUSE_NANOS = 200_000;

    private final String name;
    private final KubernetesSerialization json;
    private final Duration stall;
    private final Ending errors = new Ending(KEPT_ERRORS);
    private final Object lock = new Object();
    private final ArrayDeque<ByteBuffer> ahead = new ArrayDeque<>();
    private final Input input = new Input();
    private final Output output = new Output();
    private int aheadBytes;
    private boolean paused;
    private boolean ended;
    private boolean over;
    private boolean closed;
    private int exit;
    private @Nullable IOException failure;
    private @Nullable WebSocket socket;

    /**
     * Of a socket that is about to be opened.
     *
     * @param name what it is called in messages
     * @param stall how long input may find no way to the command
     */
    ExecStream(String name, KubernetesSerialization json, Duration stall) {
        this.name = name;
        this.json = json;
        this.stall = stall;
    }

    // ---------------------------------------------------------------- from the connection

    @Override
    public void onOpen(WebSocket opened) {
        synchronized (lock) {
            socket = opened;
        }
    }

    @Override
    public void onMessage(WebSocket from, String text) {
        onMessage(from, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void onMessage(WebSocket from, ByteBuffer message) {
        boolean more = true;
        if (message.hasRemaining()) {
            int channel = message.get();
            if (channel == STDOUT) {
                more = output(message);
            } else if (channel == STDERR) {
                errors.write(message);
            } else if (channel == STATUS && message.hasRemaining()) {
                status(StandardCharsets.UTF_8.decode(message).toString());
            }
        }
        if (more) {
            from.request();
        }
    }

    // Whether more may come at once.
    private boolean output(ByteBuffer message) {
        synchronized (lock) {
            if (closed) {
                return true;
            }
            if (message.hasRemaining()) {
                ahead.add(message);
                aheadBytes += message.remaining();
                lock.notifyAll();
            }
            paused = aheadBytes >= MOST_AHEAD;
            return !paused;
        }
    }

    private void status(String text) {
        Status status;
        try {
            status = json.unmarshal(text, Status.class);
        } catch (RuntimeException e) {
            fail(new IOException("the end of " + name + " can't be read: " + text, e));
            return;
        }
        if ("Success".equals(status.getStatus())) {
            end(0);
            return;
        }
        Integer code = "NonZeroExitCode".equals(status.getReason()) ? code(status) : null;
        if (code != null) {
            end(code);
        } else {
            fail(new NotStartedException("Kubernetes could not run " + name + ": " + status.getMessage()));
        }
    }

    private static @Nullable Integer code(Status status) {
        List<StatusCause> causes =
                status.getDetails() == null ? null : status.getDetails().getCauses();
        for (StatusCause cause : causes == null ? List.<StatusCause>of() : causes) {
            if ("ExitCode".equals(cause.getReason())) {
                try {
                    return Integer.valueOf(cause.getMessage());
                } catch (NumberFormatException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private void end(int code) {
        synchronized (lock) {
            if (!ended && failure == null) {
                ended = true;
                exit = code;
            }
            lock.notifyAll();
        }
    }

    private boolean isEnded() {
        synchronized (lock) {
            return ended;
        }
    }

    private void over(IOException why) {
        synchronized (lock) {
            over = true;
        }
        fail(why);
    }

    private void fail(IOException why) {
        synchronized (lock) {
            if (!ended && failure == null) {
                failure = why;
            }
            lock.notifyAll();
        }
    }

    @Override
    public void onClose(WebSocket from, int code, String reason) {
        over(new EOFException("the connection to " + name + " was cut (WebSocket closed with " + code
                + (reason == null || reason.isEmpty() ? "" : ": " + reason) + ")"));
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        over(new IOException("the connection to " + name + " was cut: " + error, error));
    }

    // ---------------------------------------------------------------- for the caller

    @Override
    public OutputStream input() {
        return input;
    }

    @Override
    public InputStream output() {
        return output;
    }

    @Override
    public String errors() {
        return errors.toString();
    }

    @Override
    public int exit(Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            while (!ended && failure == null) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IOException(name + " has not ended within " + limit.toMillis() + " ms"
                            + (paused ? ", as nobody reads its output" : ""));
                }
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            IOException why = failure;
            if (why != null) {
                throw again(why);
            }
            return exit;
        }
    }

    // Each caller gets one of its own, with its own stack.
    private static IOException again(IOException why) {
        if (why instanceof NotStartedException) {
            return new NotStartedException(why.getMessage());
        }
        return new IOException(why.getMessage(), why);
    }

    @Override
    public void close() {
        WebSocket open;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            if (!ended && failure == null) {
                failure = new IOException(name + " was let go");
            }
            ahead.clear();
            aheadBytes = 0;
            // After the end the server says goodbye, and two of us at once would each complain of the other.
            open = over ? null : socket;
            lock.notifyAll();
        }
        if (open != null) {
            if (!isEnded()) {
                open.sendClose(1000, "done");
            }
            // The other end's word has to be taken in.
            open.request();
        }
    }

    /** Kubernetes says that the command was not started: there is no such program, or the container has gone. */
    static final class NotStartedException extends IOException {
        private static final long serialVersionUID = 1L;

        NotStartedException(@Nullable String message) {
            super(message);
        }
    }

    private final class Output extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            WebSocket resume = null;
            int count;
            synchronized (lock) {
                while (ahead.isEmpty()) {
                    IOException why = failure;
                    if (why != null) {
                        throw again(why);
                    }
                    if (ended) {
                        return -1;
                    }
                    waitForChange();
                }
                ByteBuffer first = ahead.element();
                count = Math.min(length, first.remaining());
                first.get(into, offset, count);
                if (!first.hasRemaining()) {
                    ahead.remove();
                }
                aheadBytes -= count;
                if (paused && aheadBytes < MOST_AHEAD / 2) {
                    paused = false;
                    resume = socket;
                }
            }
            if (resume != null) {
                resume.request();
            }
            return count;
        }

        // The end of the connection ends it, or close; a command may be silent for as long as it likes.
        @SuppressWarnings("WaitNotInLoop")
        private void waitForChange() throws IOException {
            try {
                lock.wait(TimeUnit.MINUTES.toMillis(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
        }

        @Override
        public int available() {
            synchronized (lock) {
                return aheadBytes;
            }
        }
    }

    private final class Input extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            for (int at = offset; at < offset + length; at += MESSAGE) {
                send(data, at, Math.min(MESSAGE, offset + length - at));
            }
        }

        // One at a time: the JDK's WebSocket refuses a message before the last one is on its way.
        private synchronized void send(byte[] data, int offset, int length) throws IOException {
            ByteBuffer message = ByteBuffer.allocate(length + 1);
            message.put((byte) STDIN).put(data, offset, length).flip();
            WebSocket to = free();
            if (!to.send(message)) {
                // The command may have ended just now: how it did comes by the other way, and a cut does too.
                throw new IOException("the connection to " + name + " takes no input any more");
            }
            free();
        }

        private WebSocket free() throws IOException {
            long deadline = System.nanoTime() + stall.toNanos();
            while (true) {
                WebSocket to;
                synchronized (lock) {
                    IOException why = failure;
                    if (why != null) {
                        throw again(why);
                    }
                    if (ended) {
                        throw new IOException(name + " has ended and reads no more");
                    }
                    to = socket;
                }
                if (to != null && to.queueSize() == 0) {
                    return to;
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted");
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException(name + " has read nothing for " + stall.toSeconds() + " s");
                }
                LockSupport.parkNanos(SEND_PAUSE_NANOS);
            }
        }
    }
}

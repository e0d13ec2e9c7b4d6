package io.clustrix.host.ssh;

import io.clustrix.spi.Command;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Writes a command's input, on a thread of its own: the command may write before it has read all. */
final class Feed implements Runnable {
    private static final int BUFFER = 32 * 1024;

    private final ExecChannel channel;
    private final String preamble;
    private final Command.Input input;
    private final Runnable onFailure;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean nobodyReads;
    private volatile @Nullable Throwable failure;

    /** With what is to happen if the input itself can't be had. */
    Feed(ExecChannel channel, String preamble, Command.Input input, Runnable onFailure) {
        this.channel = channel;
        this.preamble = preamble;
        this.input = input;
        this.onFailure = onFailure;
    }

    CountDownLatch done() {
        return done;
    }

    /** What the input threw; that nobody reads it any more is not a failure. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void run() {
        try {
            OutputStream stdin = new BufferedOutputStream(new Stdin(), BUFFER);
            stdin.write(preamble.getBytes(StandardCharsets.UTF_8));
            input.writeTo(stdin);
            stdin.flush();
            channel.sendEnd();
        } catch (IOException | RuntimeException | Error e) {
            if (!nobodyReads && !channel.isOver()) {
                failure = e;
                onFailure.run();
            }
        } finally {
            done.countDown();
        }
    }

    private final class Stdin extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            try {
                channel.send(data, offset, length);
            } catch (IOException e) {
                nobodyReads = true;
                throw e;
            }
        }
    }
}

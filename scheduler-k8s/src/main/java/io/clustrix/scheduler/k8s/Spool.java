package io.clustrix.scheduler.k8s;

import io.clustrix.spi.Command;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A command's input with its length, which has to be told first: in memory, or in a file if it is long. */
final class Spool implements AutoCloseable {
    private static final int IN_MEMORY = 1 << 20;

    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable Path file;
    private long length;

    private Spool() {}

    /** @throws IOException if the input can't be had, or there is no room for it */
    static Spool of(Command.Input input) throws IOException {
        Spool spool = new Spool();
        boolean whole = false;
        try (Filling out = spool.new Filling()) {
            input.writeTo(out);
            whole = true;
        } finally {
            if (!whole) {
                spool.close();
            }
        }
        return spool;
    }

    long length() {
        return length;
    }

    void writeTo(OutputStream out) throws IOException {
        if (file == null) {
            memory.writeTo(out);
        } else {
            Files.copy(file, out);
        }
    }

    @Override
    public void close() {
        Path there = file;
        if (there != null) {
            try {
                Files.deleteIfExists(there);
            } catch (IOException e) {
                there.toFile().deleteOnExit();
            }
        }
    }

    private final class Filling extends OutputStream {
        private OutputStream to = memory;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int count) throws IOException {
            if (file == null && length + count > IN_MEMORY) {
                Path made = Files.createTempFile("clustrix-input", null);
                file = made;
                to = new BufferedOutputStream(Files.newOutputStream(made), 1 << 16);
                memory.writeTo(to);
                memory.reset();
            }
            to.write(data, offset, count);
            length += count;
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}

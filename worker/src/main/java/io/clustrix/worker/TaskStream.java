package io.clustrix.worker;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A standard stream that stays open for the tasks to come: closing a writer around {@code System.out} is common. */
final class TaskStream extends PrintStream {
    TaskStream(OutputStream out) {
        super(out, true, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        flush();
    }
}

package io.clustrix.it.bed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Holds a file of the test bed locked while a class of tests runs on it, as several JVMs do at once: shared, or for
 * those that break something alone.
 */
final class TestBedLock implements BeforeAllCallback, TestInstancePreConstructCallback {
    private static final Namespace NAMESPACE = Namespace.create(TestBedLock.class);

    /** Longer than any class takes. */
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private record Held(FileChannel channel) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        hold(context);
    }

    /** An instance that serves a whole class is made before {@link #beforeAll}. */
    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factory, ExtensionContext context)
            throws Exception {
        hold(context);
    }

    private static void hold(ExtensionContext context) throws IOException, InterruptedException {
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        // A nested class finds what the one around it has.
        if (store.get(Held.class) != null) {
            return;
        }
        boolean alone = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), NeedsTestBed.class)
                .map(NeedsTestBed::alone)
                .orElse(false);
        store.put(Held.class, lock(TestBed.get().path("testbed.directory").resolve("tests.lock"), alone));
    }

    private static Held lock(Path file, boolean alone) throws IOException, InterruptedException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long end = System.nanoTime() + LIMIT.toNanos();
        try {
            while (true) {
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, !alone);
                if (lock != null) {
                    return new Held(channel);
                }
                if (System.nanoTime() - end > 0) {
                    throw new IllegalStateException(
                            "other tests have held " + file + " for " + LIMIT + (alone ? "" : ", one of them alone"));
                }
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}

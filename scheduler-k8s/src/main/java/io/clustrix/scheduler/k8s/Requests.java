package io.clustrix.scheduler.k8s;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Single HTTP requests with a deadline that holds for the body too. fabric8's own calls repeat by rules of their own
 * and don't tell the answer's headers. Thread-safe.
 */
final class Requests {
    private final Connection connection;
    private final LongAdder sent = new LongAdder();

    /**
     * What a server answered.
     *
     * @param retryAfter seconds to wait, or -1
     */
    record Answer(int code, long retryAfter, String body) {
        boolean isGood() {
            return code >= 200 && code < 300;
        }
    }

    Requests(Connection connection) {
        this.connection = connection;
    }

    /** How many were sent; repeated ones count again. */
    long count() {
        return sent.sum();
    }

    /** One more that was sent elsewhere. */
    void counted() {
        sent.increment();
    }

    /**
     * Sends one and waits for the whole answer.
     *
     * @param path from the server's root, without a slash in front
     * @throws IOException if there is no answer, or not all of it in time
     */
    Answer send(String method, String path, @Nullable String body, Duration limit)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        HttpClient http = connection.client().getHttpClient();
        HttpRequest.Builder builder = http.newHttpRequestBuilder()
                .uri(connection.client().getConfiguration().getMasterUrl() + path)
                .header("Accept", "application/json")
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS);
        HttpRequest request = builder.method(method, body == null ? null : "application/json", body)
                .build();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        sent.increment();
        CompletableFuture<HttpResponse<AsyncBody>> head = http.consumeBytes(request, (buffers, part) -> {
            copy(buffers, bytes);
            part.consume();
        });
        HttpResponse<AsyncBody> response = await(head, deadline, limit, null);
        AsyncBody rest = response.body();
        CompletableFuture<Void> done = rest.done();
        rest.consume();
        await(done, deadline, limit, rest);
        return new Answer(response.code(), retryAfter(response), bytes.toString(StandardCharsets.UTF_8));
    }

    private static void copy(List<ByteBuffer> buffers, ByteArrayOutputStream bytes) {
        for (ByteBuffer buffer : buffers) {
            byte[] part = new byte[buffer.remaining()];
            buffer.get(part);
            bytes.writeBytes(part);
        }
    }

    private static <T> T await(CompletableFuture<T> future, long deadline, Duration limit, @Nullable AsyncBody body)
            throws IOException, InterruptedException {
        boolean over = false;
        try {
            T result = future.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            over = true;
            return result;
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer within " + limit.toMillis() / 1000.0 + " s");
        } catch (ExecutionException e) {
            over = true;
            throw thrown(e);
        } finally {
            if (!over) {
                future.cancel(true);
                if (body != null) {
                    body.cancel();
                }
            }
        }
    }

    static IOException thrown(Throwable e) {
        Throwable cause = e;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof IOException io) {
            return io;
        }
        if (cause instanceof RuntimeException r) {
            throw r;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return new IOException(cause.toString(), cause);
    }

    private static long retryAfter(HttpResponse<?> response) {
        String value = response.header("Retry-After");
        try {
            return value == null ? -1 : Math.max(0, Long.parseLong(value.strip()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** An answer that goes on, line by line. */
    static final class Lines implements AutoCloseable {
        private final int code;
        private final AsyncBody body;
        private final Splitter splitter;

        private Lines(int code, AsyncBody body, Splitter splitter) {
            this.code = code;
            this.body = body;
            this.splitter = splitter;
        }

        int code() {
            return code;
        }

        /**
         * Lets the lines come, until the end or then.
         *
         * @return false if the time was over before
         * @throws IOException if the connection was cut
         */
        boolean await(Duration limit) throws IOException, InterruptedException {
            CompletableFuture<Void> done = body.done();
            body.consume();
            try {
                done.get(limit.toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (CancellationException e) {
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw thrown(e);
            }
        }

        /** What came, where the answer is an error; its end, where it is none. */
        String rest() {
            return splitter.rest();
        }

        /** Lets no more come; {@link #await} ends. */
        @Override
        public void close() {
            body.cancel();
        }
    }

    /** Makes lines of what comes, unless it is an error. */
    private static final class Splitter {
        private final Consumer<String> each;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private boolean error;

        Splitter(Consumer<String> each) {
            this.each = each;
        }

        synchronized void isError() {
            error = true;
        }

        synchronized String rest() {
            return line.toString(StandardCharsets.UTF_8);
        }

        synchronized void take(ByteBuffer buffer) {
            while (buffer.hasRemaining()) {
                byte b = buffer.get();
                if (b != '\n' || error) {
                    line.write(b);
                    continue;
                }
                String text = line.toString(StandardCharsets.UTF_8);
                line.reset();
                if (!text.isBlank()) {
                    each.accept(text);
                }
            }
        }
    }

    /**
     * Opens an answer that goes on. Nothing of it is read before it is waited for.
     *
     * @param each gets each line, on a thread of the connection's; it must not block
     * @param limit for the beginning of the answer
     */
    Lines open(String path, Consumer<String> each, Duration limit) throws IOException, InterruptedException {
        HttpClient http = connection.client().getHttpClient();
        HttpRequest request = http.newHttpRequestBuilder()
                .uri(connection.client().getConfiguration().getMasterUrl() + path)
                .header("Accept", "application/json")
                .forStreaming()
                .build();
        Splitter splitter = new Splitter(each);
        sent.increment();
        CompletableFuture<HttpResponse<AsyncBody>> head = http.consumeBytes(request, (buffers, part) -> {
            buffers.forEach(splitter::take);
            part.consume();
        });
        HttpResponse<AsyncBody> response = await(head, System.nanoTime() + limit.toNanos(), limit, null);
        if (!response.isSuccessful()) {
            splitter.isError();
        }
        return new Lines(response.code(), response.body(), splitter);
    }
}

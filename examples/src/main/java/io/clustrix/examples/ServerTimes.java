package io.clustrix.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Serializable;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * Asks many slow web servers, all at once, how long they take.
 *
 * <p>What it shows: for tasks that wait the mode {@code auto} of the local executor takes threads rather than processes
 * (on Java 21 and newer virtual ones), and many more of them than there are processors; {@link MapFuture#placement()}
 * says why.
 *
 * <p>Run it with {@code ./mvnw -Pdemo -Dexample=ServerTimes}. It needs no network: the servers are its own, on the
 * loopback interface. So on a cluster it only works if the nodes are this very machine: a task on another one can't
 * reach them.
 */
public final class ServerTimes {
    private static final int SERVERS = 20;

    private ServerTimes() {}

    public static void main(String[] args) throws IOException {
        try (SlowServers servers = new SlowServers(SERVERS);
                Clustrix clustrix = Clustrix.open()) {
            ask(clustrix, servers.addresses(), System.out);
        }
    }

    /**
     * The answer of one server.
     *
     * @param address whom we asked
     * @param status the HTTP status
     * @param took how long it took to answer
     * @param thread which thread waited for it
     */
    record Answer(URI address, int status, Duration took, String thread) implements Serializable {}

    /** Asks all servers and prints what they answered in the order of their answers. */
    static List<Answer> ask(Clustrix clustrix, List<URI> servers, PrintStream out) {
        long start = System.nanoTime();
        MapFuture<Answer> future = clustrix.map(servers, ServerTimes::ask);
        List<Answer> answers = new ArrayList<>();
        try (Stream<TaskOutcome<Answer>> outcomes = future.asCompleted()) {
            for (Iterator<TaskOutcome<Answer>> i = outcomes.iterator(); i.hasNext(); ) {
                Answer a = i.next().value();
                answers.add(a);
                out.printf(
                        Locale.ROOT,
                        "%s  %d  %4d ms  %s%n",
                        a.address(),
                        a.status(),
                        a.took().toMillis(),
                        a.thread());
            }
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        long waited = answers.stream().mapToLong(a -> a.took().toMillis()).sum();
        out.printf(
                Locale.ROOT,
                "%nOn %s, because %s%n",
                future.placement().where(),
                future.placement().reason());
        out.printf(
                Locale.ROOT,
                "%d servers, %.1f s of waiting in %.1f s%n",
                answers.size(),
                waited / 1000.0,
                millis / 1000.0);
        return answers;
    }

    /** Asks one server. */
    private static Answer ask(URI server) throws IOException {
        long start = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) server.toURL().openConnection();
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(10_000);
        int status = connection.getResponseCode();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        return new Answer(server, status, took, Thread.currentThread().toString());
    }

    /** Small servers, each of which takes its time to answer. */
    static final class SlowServers implements AutoCloseable {
        private static final int SHORTEST_MILLIS = 300;
        private static final int LONGEST_MILLIS = 1500;

        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final List<HttpServer> servers = new ArrayList<>();

        SlowServers(int number) throws IOException {
            for (int i = 0; i < number; i++) {
                long millis = SHORTEST_MILLIS + (long) (LONGEST_MILLIS - SHORTEST_MILLIS) * i / number;
                HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                server.setExecutor(threads);
                server.createContext("/", exchange -> answer(exchange, millis));
                server.start();
                servers.add(server);
            }
        }

        private static void answer(HttpExchange exchange, long millis) throws IOException {
            try (exchange) {
                Thread.sleep(millis);
                byte[] text = "hello\n".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, text.length);
                exchange.getResponseBody().write(text);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the servers are being closed
            }
        }

        List<URI> addresses() {
            return servers.stream()
                    .map(s -> URI.create("http://" + s.getAddress().getAddress().getHostAddress() + ":"
                            + s.getAddress().getPort() + "/"))
                    .toList();
        }

        @Override
        public void close() {
            servers.forEach(s -> s.stop(0));
            threads.shutdownNow();
        }
    }
}

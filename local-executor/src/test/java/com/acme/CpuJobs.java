package com.acme;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Functions that compute, or come close to I/O without doing it. */
public final class CpuJobs {
    private CpuJobs() {}

    /** A value. */
    public record Point(double x, double y) {
        double norm() {
            return Math.hypot(x, y);
        }
    }

    private enum Colour {
        RED,
        GREEN
    }

    private static final class Fibonacci extends RecursiveTask<Long> {
        private static final long serialVersionUID = 1L;
        private final int n;

        Fibonacci(int n) {
            this.n = n;
        }

        @Override
        protected Long compute() {
            if (n < 2) {
                return (long) n;
            }
            Fibonacci left = new Fibonacci(n - 1);
            left.fork();
            return new Fibonacci(n - 2).compute() + left.join();
        }
    }

    private static RemoteCallable<?> makes(RemoteCallable<?> function) {
        return function;
    }

    private static <A> RemoteFunction<A, ?> maps(RemoteFunction<A, ?> function) {
        return function;
    }

    private static RemoteIntFunction<?> counts(RemoteIntFunction<?> function) {
        return function;
    }

    private static RemoteRunnable runs(RemoteRunnable function) {
        return function;
    }

    private static int collatz(int n) {
        return n == 1 ? 0 : 1 + collatz(n % 2 == 0 ? n / 2 : 3 * n + 1);
    }

    private static synchronized int guarded(int n) {
        return n + 1;
    }

    /** All of them, by what they do. */
    public static Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("arithmetic", counts(n -> n * n));
        all.put("recursion", counts(n -> collatz(n)));
        all.put("a method reference to one's own", counts(CpuJobs::collatz));
        all.put("a method reference to the JDK", CpuJobs.<Double>maps(Math::abs));
        all.put("a constructor reference to the JDK", CpuJobs.<String>maps(BigInteger::new));
        all.put("big integers", makes(() -> BigInteger.TEN.pow(1000).mod(BigInteger.TWO)));
        all.put("System.out and System.err", runs(() -> {
            System.out.println("half way");
            System.err.printf("%d%n", 1);
        }));
        all.put("collections", makes(() -> {
            Map<String, List<Integer>> map = new HashMap<>();
            map.computeIfAbsent("a", k -> new ArrayList<>()).add(1);
            Collections.sort(map.get("a"));
            return new ArrayDeque<>(map.values()).poll();
        }));
        all.put(
                "streams",
                makes(() -> IntStream.range(0, 100)
                        .parallel()
                        .boxed()
                        .filter(i -> i % 2 == 0)
                        .map(String::valueOf)
                        .collect(Collectors.joining(","))));
        all.put(
                "regex",
                maps((String text) -> Pattern.compile("a+").matcher(text).replaceAll("b")));
        all.put("records", makes(() -> {
            Point point = new Point(1, 2);
            return point.norm() + point.hashCode() + point.toString().length();
        }));
        all.put("enums and switch", maps((String name) -> switch (Colour.valueOf(name)) {
            case RED -> 1;
            case GREEN -> 2;
        }));
        all.put(
                "string building",
                counts(n -> new StringBuilder("n = ").append(n).reverse() + " of " + n));
        all.put("Path.of", makes(() -> Path.of("a", "b").getFileName().toString()));
        all.put(
                "URI.create and URLEncoder",
                makes(() -> URI.create("http://h/" + URLEncoder.encode("a b", UTF_8))
                        .getHost()));
        all.put("streams in memory", makes(() -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            new PrintStream(bytes, true, UTF_8).println(new BufferedReader(new StringReader("x")).readLine());
            return new Scanner("1 2").nextInt() + bytes.size();
        }));
        all.put("synchronized", counts(CpuJobs::guarded));
        all.put("notifying", maps((Object monitor) -> {
            synchronized (monitor) {
                monitor.notifyAll();
            }
            return 0;
        }));
        all.put("poll and tryLock without waiting", maps((BlockingQueue<String> queue) -> {
            ReentrantLock lock = new ReentrantLock();
            return lock.tryLock() ? queue.poll() : queue.peek();
        }));
        all.put("divide and conquer", counts(n -> new Fibonacci(n).compute()));
        all.put(
                "concurrent maps and random numbers",
                makes(() -> new ConcurrentHashMap<>(Map.of(1, 2))
                        .merge(1, ThreadLocalRandom.current().nextInt(), Integer::sum)));
        all.put("time", makes(() -> Timestamp.valueOf("2026-01-01 00:00:00").getTime() + TimeUnit.DAYS.toMillis(1)));
        all.put("looking at an SQLException", maps((SQLException e) -> e.getSQLState() + e.getMessage()));
        return all;
    }
}

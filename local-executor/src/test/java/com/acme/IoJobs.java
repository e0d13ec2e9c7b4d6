package com.acme;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteRunnable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLConnection;
import java.net.http.HttpClient;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.ZipFile;
import javax.naming.InitialContext;
import javax.net.ssl.SSLContext;
import javax.sql.DataSource;

/** One function for each kind of I/O and waiting. */
public final class IoJobs {
    private IoJobs() {}

    /**
     * A function and the call that gives it away.
     *
     * @param call as it is told
     */
    public record Case(String call, Object function) {
        @Override
        public String toString() {
            return call;
        }
    }

    private static Case makes(String call, RemoteCallable<?> function) {
        return new Case(call, function);
    }

    private static <A> Case maps(String call, RemoteFunction<A, ?> function) {
        return new Case(call, function);
    }

    private static <A> Case takes(String call, RemoteConsumer<A> function) {
        return new Case(call, function);
    }

    private static Case runs(String call, RemoteRunnable function) {
        return new Case(call, function);
    }

    /** All of them. */
    @SuppressWarnings({"StreamResourceLeak", "WaitNotInLoop"}) // never run
    public static List<Case> all() {
        return List.of(
                makes("new java.io.FileInputStream", () -> new FileInputStream("in")),
                makes("new java.io.FileOutputStream", () -> new FileOutputStream("out")),
                makes("new java.io.FileReader", () -> new FileReader("in", StandardCharsets.UTF_8)),
                makes("new java.io.FileWriter", () -> new FileWriter("out", StandardCharsets.UTF_8)),
                makes("new java.io.RandomAccessFile", () -> new RandomAccessFile("f", "r")),
                makes("new java.io.PrintStream", () -> new PrintStream("out", StandardCharsets.UTF_8)),
                makes("new java.io.PrintWriter", () -> new PrintWriter(new File("out"), StandardCharsets.UTF_8)),
                makes("new java.util.Scanner", () -> new Scanner(Path.of("in"), StandardCharsets.UTF_8)),
                maps("java.io.File.listFiles", (File folder) -> folder.listFiles()),
                makes("java.lang.System.in", () -> System.in.read()),
                makes("new java.util.zip.ZipFile", () -> new ZipFile("a.zip")),
                makes("java.nio.file.Files.readString", () -> Files.readString(Path.of("in"))),
                makes("java.nio.file.Files.walk", () -> Files.walk(Path.of("."))),
                makes("java.nio.channels.FileChannel.open", () -> FileChannel.open(Path.of("in"))),
                makes("java.nio.channels.SocketChannel.open", () -> SocketChannel.open()),
                makes("java.nio.channels.ServerSocketChannel.open", () -> ServerSocketChannel.open()),
                makes(
                        "java.nio.channels.AsynchronousFileChannel.open",
                        () -> AsynchronousFileChannel.open(Path.of("in"))),
                makes("java.nio.channels.Selector.open", () -> Selector.open()),
                makes("new java.net.Socket", () -> new Socket("localhost", 1)),
                makes("new java.net.ServerSocket", () -> new ServerSocket(1)),
                makes("new java.net.DatagramSocket", () -> new DatagramSocket(1)),
                maps("java.net.URL.openStream", (URL url) -> url.openStream()),
                maps("java.net.URL.openConnection", (URL url) -> url.openConnection()),
                maps("java.net.URLConnection.getInputStream", (URLConnection c) -> c.getInputStream()),
                maps("java.net.HttpURLConnection.getResponseCode", (HttpURLConnection c) -> c.getResponseCode()),
                makes("java.net.InetAddress.getByName", () -> InetAddress.getByName("localhost")),
                makes("java.net.http.HttpClient.newHttpClient", () -> HttpClient.newHttpClient()),
                makes("java.sql.DriverManager.getConnection", () -> DriverManager.getConnection("jdbc:x")),
                maps("java.sql.PreparedStatement.executeQuery", (PreparedStatement s) -> s.executeQuery()),
                maps("javax.sql.DataSource.getConnection", (DataSource s) -> s.getConnection()),
                makes("javax.net.ssl.SSLContext.getDefault", () -> SSLContext.getDefault()),
                makes("new javax.naming.InitialContext", () -> new InitialContext()),
                makes("java.lang.ProcessBuilder.start", () -> new ProcessBuilder("ls").start()),
                makes("java.lang.Runtime.exec", () -> Runtime.getRuntime().exec(new String[] {"ls"})),
                maps("java.lang.Process.waitFor", (Process p) -> p.waitFor()),
                runs("java.lang.Thread.sleep", () -> Thread.sleep(1000)),
                takes("java.lang.Thread.join", (Thread t) -> t.join()),
                runs("java.util.concurrent.TimeUnit.sleep", () -> TimeUnit.SECONDS.sleep(1)),
                takes("java.lang.Object.wait", (Object monitor) -> monitor.wait(1000)),
                takes("java.util.concurrent.locks.ReentrantLock.lock", (ReentrantLock l) -> l.lock()),
                maps(
                        "java.util.concurrent.locks.ReentrantLock.tryLock",
                        (ReentrantLock l) -> l.tryLock(1, TimeUnit.SECONDS)),
                maps("java.util.concurrent.locks.Condition.await", (Condition c) -> c.await(1, TimeUnit.SECONDS)),
                runs("java.util.concurrent.locks.LockSupport.parkNanos", () -> LockSupport.parkNanos(1)),
                takes("java.util.concurrent.CountDownLatch.await", (CountDownLatch l) -> l.await()),
                maps("java.util.concurrent.CyclicBarrier.await", (CyclicBarrier b) -> b.await()),
                takes("java.util.concurrent.Semaphore.acquire", (Semaphore s) -> s.acquire()),
                maps("java.util.concurrent.Phaser.arriveAndAwaitAdvance", (Phaser p) -> p.arriveAndAwaitAdvance()),
                takes("java.util.concurrent.BlockingQueue.put", (BlockingQueue<String> q) -> q.put("x")),
                maps("java.util.concurrent.LinkedBlockingQueue.take", (LinkedBlockingQueue<String> q) -> q.take()),
                maps(
                        "java.util.concurrent.BlockingQueue.poll",
                        (BlockingQueue<String> q) -> q.poll(1, TimeUnit.SECONDS)),
                maps("java.util.concurrent.Future.get", (Future<String> f) -> f.get()),
                maps("java.util.concurrent.CompletableFuture.join", (CompletableFuture<String> f) -> f.join()),
                maps(
                        "java.util.concurrent.ExecutorService.awaitTermination",
                        (ExecutorService e) -> e.awaitTermination(1, TimeUnit.SECONDS)));
    }
}

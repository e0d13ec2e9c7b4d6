package io.clustrix.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of calls that do I/O or wait, and the table of classes that are not the user's own. Both are data: to teach
 * Clustrix a client library, add a line.
 */
final class IoCalls {

    /**
     * A line is owners, or owners : methods. An owner is a class or, with a star, a package with all below it. Without
     * methods every method counts. A method is a name, the beginning of one (with a star), or a name and the beginning
     * of its descriptor, to tell overloads apart.
     *
     * <p>Not here on purpose: printing to System.out, synchronized, Path, URI, streams that are given (they may well be
     * in memory), and ForkJoinTask.join (divide and conquer computes).
     */
    private static final String TABLE = """
            java.io.FileInputStream java.io.FileOutputStream java.io.FileReader java.io.FileWriter
            java.io.RandomAccessFile java.io.Console
            java.io.PrintStream java.io.PrintWriter java.util.Formatter : \
                    <init>(Ljava/lang/String; <init>(Ljava/io/File;
            java.util.Scanner : <init>(Ljava/io/File; <init>(Ljava/nio/file/Path;
            java.io.File : createNewFile createTempFile delete exists list listFiles mkdir mkdirs renameTo
            java.lang.IO : readln
            java.lang.System : in console
            java.util.zip.ZipFile java.util.jar.JarFile : <init>
            javax.imageio.ImageIO : read(Ljava/io/File; read(Ljava/net/URL; \
                    write(Ljava/awt/image/RenderedImage;Ljava/lang/String;Ljava/io/File;

            java.nio.file.Files java.nio.file.WatchService
            java.nio.file.FileSystems : newFileSystem
            java.nio.channels.FileChannel java.nio.channels.SocketChannel java.nio.channels.ServerSocketChannel
            java.nio.channels.DatagramChannel java.nio.channels.Selector java.nio.channels.Pipe
            java.nio.channels.AsynchronousFileChannel java.nio.channels.AsynchronousSocketChannel
            java.nio.channels.AsynchronousServerSocketChannel java.nio.channels.AsynchronousChannelGroup

            java.net.Socket java.net.ServerSocket java.net.DatagramSocket java.net.MulticastSocket
            java.net.URLConnection java.net.HttpURLConnection java.net.JarURLConnection
            java.net.URL : openStream openConnection getContent
            java.net.InetAddress java.net.Inet4Address java.net.Inet6Address : \
                    getByName getAllByName getLocalHost getHostName getCanonicalHostName isReachable
            java.net.http.* javax.net.* java.rmi.*

            java.sql.DriverManager java.sql.Driver java.sql.Connection java.sql.Statement java.sql.PreparedStatement
            java.sql.CallableStatement java.sql.ResultSet java.sql.DatabaseMetaData java.sql.Blob java.sql.Clob
            javax.sql.* javax.naming.* javax.mail.* jakarta.mail.* javax.jms.* jakarta.jms.*
            javax.persistence.* jakarta.persistence.* javax.ws.rs.client.* jakarta.ws.rs.client.*

            java.lang.Process
            java.lang.ProcessBuilder : start startPipeline
            java.lang.Runtime : exec

            java.lang.Object : wait
            java.lang.Thread : sleep join
            java.util.concurrent.TimeUnit : sleep timedWait timedJoin
            java.util.concurrent.locks.LockSupport : park*
            java.util.concurrent.locks.StampedLock : readLock* writeLock* tryReadLock(J tryWriteLock(J
            java.util.concurrent.locks.* : lock lockInterruptibly await* acquire* tryLock(J
            java.util.concurrent.CountDownLatch java.util.concurrent.CyclicBarrier : await
            java.util.concurrent.Semaphore : acquire* tryAcquire(J tryAcquire(IJ
            java.util.concurrent.Phaser : awaitAdvance* arriveAndAwaitAdvance
            java.util.concurrent.Exchanger : exchange
            java.util.concurrent.BlockingQueue java.util.concurrent.BlockingDeque java.util.concurrent.TransferQueue \
                    java.util.concurrent.ArrayBlockingQueue java.util.concurrent.LinkedBlockingQueue \
                    java.util.concurrent.LinkedBlockingDeque java.util.concurrent.LinkedTransferQueue \
                    java.util.concurrent.PriorityBlockingQueue java.util.concurrent.DelayQueue \
                    java.util.concurrent.SynchronousQueue : \
                    put putFirst putLast take takeFirst takeLast transfer poll(J pollFirst(J pollLast(J \
                    offer(Ljava/lang/Object;J offerFirst(Ljava/lang/Object;J offerLast(Ljava/lang/Object;J
            java.util.concurrent.Future java.util.concurrent.FutureTask java.util.concurrent.ScheduledFuture \
                    java.util.concurrent.RunnableFuture java.util.concurrent.RunnableScheduledFuture : get
            java.util.concurrent.CompletableFuture : get join
            java.util.concurrent.CompletionService java.util.concurrent.ExecutorCompletionService : take poll(J
            java.util.concurrent.ExecutorService java.util.concurrent.ScheduledExecutorService \
                    java.util.concurrent.AbstractExecutorService java.util.concurrent.ThreadPoolExecutor \
                    java.util.concurrent.ScheduledThreadPoolExecutor : invokeAll invokeAny awaitTermination

            okhttp3.* retrofit2.* feign.* org.apache.http.* org.apache.hc.* org.springframework.web.client.*
            io.grpc.* io.netty.channel.* reactor.netty.* org.apache.commons.net.*
            redis.clients.* io.lettuce.* com.mongodb.* com.datastax.oss.driver.* com.zaxxer.hikari.*
            org.springframework.jdbc.* co.elastic.clients.* org.elasticsearch.client.*
            org.apache.kafka.clients.* com.rabbitmq.client.*
            software.amazon.awssdk.* com.amazonaws.* com.google.cloud.* com.azure.* org.apache.hadoop.fs.*
            com.jcraft.jsch.* net.schmizz.sshj.*
            """;

    /** Beginnings of the names of classes that are never looked into: the JDK, Clustrix itself, logging. */
    private static final List<String> NOT_THE_USERS = List.of(
            "java/",
            "javax/",
            "jdk/",
            "sun/",
            "com/sun/",
            "org/w3c/dom/",
            "org/xml/sax/",
            "org/ietf/jgss/",
            "netscape/javascript/",
            "io/clustrix/",
            "org/slf4j/",
            "ch/qos/logback/",
            "org/apache/logging/",
            "org/apache/log4j/",
            "org/apache/commons/logging/",
            "org/jboss/logging/",
            "org/tinylog/",
            "com/google/common/flogger/");

    /** Programs to copy are a user's, though they lie in our package. */
    private static final String EXAMPLES = "io/clustrix/examples/";

    private final Map<String, List<String>> methodsByOwner;

    IoCalls() {
        methodsByOwner = parse(TABLE);
    }

    private static Map<String, List<String>> parse(String table) {
        Map<String, List<String>> methodsByOwner = new HashMap<>();
        for (String line : table.lines().filter(l -> !l.isBlank()).toList()) {
            int colon = line.indexOf(" : ");
            List<String> methods = colon < 0 ? List.of() : words(line.substring(colon + 3));
            for (String owner : words(colon < 0 ? line : line.substring(0, colon))) {
                String key = owner.replace('.', '/');
                String beginning = key.endsWith("/*") ? key.substring(0, key.length() - 1) : key;
                if (methodsByOwner.put(beginning, methods) != null) {
                    throw new IllegalStateException(owner + " is in the table twice");
                }
            }
        }
        return Map.copyOf(methodsByOwner);
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.strip().split(" +", -1)) {
            words.add(word);
        }
        return List.copyOf(words);
    }

    /** Whether calling this method is I/O or waiting. */
    boolean contains(MethodRef call) {
        String owner = call.owner();
        if (owner.endsWith("Exception") || owner.endsWith("Error")) {
            return false; // looking at an SQLException reads no database
        }
        if (matches(methodsByOwner.get(owner), call)) {
            return true;
        }
        for (int slash = owner.lastIndexOf('/'); slash > 0; slash = owner.lastIndexOf('/', slash - 1)) {
            if (matches(methodsByOwner.get(owner.substring(0, slash + 1)), call)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(@Nullable List<String> methods, MethodRef call) {
        if (methods == null) {
            return false;
        }
        if (methods.isEmpty()) {
            return true;
        }
        for (String method : methods) {
            if (matches(method, call)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String method, MethodRef call) {
        if (method.endsWith("*")) {
            return call.name().startsWith(method.substring(0, method.length() - 1));
        }
        int parameters = method.indexOf('(');
        if (parameters < 0) {
            return call.name().equals(method);
        }
        return call.name().length() == parameters
                && method.startsWith(call.name())
                && call.descriptor().startsWith(method.substring(parameters));
    }

    /**
     * Whether a class may be looked into.
     *
     * @param owner the class, with slashes
     */
    boolean isTheUsers(String owner) {
        if (owner.startsWith(EXAMPLES)) {
            return true;
        }
        for (String beginning : NOT_THE_USERS) {
            if (owner.startsWith(beginning)) {
                return false;
            }
        }
        return !owner.startsWith("["); // the methods of an array are Object's
    }
}

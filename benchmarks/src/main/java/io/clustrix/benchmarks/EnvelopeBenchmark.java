package io.clustrix.benchmarks;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.worker.Envelope;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A lambda with a small array to an envelope and back, by each serializer; what a call costs without the way. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EnvelopeBenchmark {
    private static final int CLASS_FILE_LEVEL = 61;

    private final Serializer kryo = serializer("kryo");
    private final Serializer jdk = serializer("jdk");
    private final RemoteCallable<Integer> call = call(42, new byte[SmallCall.BYTES]);
    private final byte[] kryoEnvelope = Envelope.seal("kryo", CLASS_FILE_LEVEL, kryo, call);
    private final byte[] jdkEnvelope = Envelope.seal("jdk", CLASS_FILE_LEVEL, jdk, call);

    private static RemoteCallable<Integer> call(int x, byte[] data) {
        return () -> data[0] + x;
    }

    private static Serializer serializer(String name) {
        for (SerializerProvider provider : ServiceLoader.load(SerializerProvider.class)) {
            if (provider.name().equals(name)) {
                return provider.create(SerializerOptions.none());
            }
        }
        throw new IllegalStateException("no serializer " + name + " on the class path");
    }

    /** Writes with Kryo. */
    @Benchmark
    public byte[] writeKryo() {
        return Envelope.seal("kryo", CLASS_FILE_LEVEL, kryo, call);
    }

    /** Reads with Kryo. */
    @Benchmark
    public @Nullable Object readKryo() {
        return read(kryoEnvelope, kryo);
    }

    /** Writes with the JDK's serialization. */
    @Benchmark
    public byte[] writeJdk() {
        return Envelope.seal("jdk", CLASS_FILE_LEVEL, jdk, call);
    }

    /** Reads with the JDK's serialization. */
    @Benchmark
    public @Nullable Object readJdk() {
        return read(jdkEnvelope, jdk);
    }

    private static @Nullable Object read(byte[] envelope, Serializer serializer) {
        return Envelope.open(envelope, 0, envelope.length)
                .read(envelope, serializer, EnvelopeBenchmark.class.getClassLoader());
    }
}

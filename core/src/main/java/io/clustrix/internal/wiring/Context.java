package io.clustrix.internal.wiring;

import io.clustrix.internal.codec.PooledCodec;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Memory;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.spi.TaskCodec;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** What one executor is given. */
final class Context implements ExecutorContext {
    private final String cluster;
    private final SerializerProvider serializer;
    private final SerializerOptions options;
    private final TaskCodec codec;
    private final Path cacheDirectory;
    private final Supplier<List<Path>> classPath;

    Context(
            String cluster,
            SerializerProvider serializer,
            SerializerOptions options,
            ClassLoader classes,
            Memory warnAbove,
            Path cacheDirectory,
            Supplier<List<Path>> classPath) {
        this.cluster = cluster;
        this.serializer = serializer;
        this.options = options;
        this.codec = new PooledCodec(serializer, options, classes, warnAbove);
        this.cacheDirectory = cacheDirectory;
        this.classPath = classPath;
    }

    @Override
    public String cluster() {
        return cluster;
    }

    @Override
    public TaskCodec codec() {
        return codec;
    }

    @Override
    public SerializerProvider serializer() {
        return serializer;
    }

    @Override
    public SerializerOptions serializerOptions() {
        return options;
    }

    @Override
    public List<Path> classPath() {
        return classPath.get();
    }

    @Override
    public Path cacheDirectory() {
        return cacheDirectory;
    }
}

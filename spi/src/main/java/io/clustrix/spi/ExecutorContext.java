package io.clustrix.spi;

import java.nio.file.Path;
import java.util.List;

/** What core gives an executor. Thread-safe. */
public interface ExecutorContext {
    /** The name of the cluster's block in the configuration. */
    String cluster();

    /** Values to bytes and back. */
    TaskCodec codec();

    /** Makes the same serializer in a worker. */
    SerializerProvider serializer();

    /** The options it is made with. */
    SerializerOptions serializerOptions();

    /**
     * The driver's class path, in order: absolute paths of jars and directories that exist.
     *
     * @throws ConfigurationException if it can't be told, because classes come from somewhere that is no file
     */
    List<Path> classPath();

    /** A directory of this user for what can be made again; it may not exist yet, and may not be writable. */
    Path cacheDirectory();
}

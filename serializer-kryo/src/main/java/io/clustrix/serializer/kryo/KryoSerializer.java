package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.KryoException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads values with a {@link Graph}, in the encodings of Kryo's streams.
 *
 * <p>What was learned of classes is kept from call to call, for one class loader: it is dropped when another is asked
 * for, when a call failed, and when memory runs short, so that no class loader is held for good or mixed up with
 * another.
 */
final class KryoSerializer implements Serializer {

    private final ClassFilter filter;
    private final BufferedSink sink = new BufferedSink();
    private final BufferedSource source = new BufferedSource();

    private SoftReference<Graph> kept = new SoftReference<>(null);

    /** The loader with which {@link #kept} reads. */
    private WeakReference<ClassLoader> keptFor = new WeakReference<>(null);

    /**
     * For one thread.
     *
     * @throws io.clustrix.spi.ConfigurationException if the filter's pattern is wrong
     */
    KryoSerializer(SerializerOptions options) {
        filter = new ClassFilter(options.filter());
    }

    @Override
    public void write(@Nullable Object value, OutputStream out) throws IOException {
        Graph graph = kept.get();
        if (graph == null) {
            ClassLoader own = KryoSerializer.class.getClassLoader();
            graph = renew(own != null ? own : ClassLoader.getSystemClassLoader());
        }
        boolean done = false;
        try {
            sink.setOutputStream(out);
            graph.writeRoot(sink, value);
            sink.flush();
            done = true;
        } catch (StreamFailure e) {
            throw e.failure();
        } catch (SerializationException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw tooDeep(e);
        } catch (RuntimeException | LinkageError e) {
            throw failure("a " + (value == null ? "null" : value.getClass().getName()) + " can't be written", e);
        } finally {
            sink.release();
            if (!done) {
                kept.clear();
            }
        }
    }

    @Override
    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
        Graph graph = kept.get();
        if (graph == null || !keptFor.refersTo(classes)) {
            graph = renew(classes);
        }
        boolean done = false;
        try {
            source.setInputStream(in);
            Object value = graph.readRoot(source);
            if (!source.end()) {
                throw new SerializationException("the bytes can't be read: there are more after the value has ended");
            }
            done = true;
            return value;
        } catch (StreamFailure e) {
            throw e.failure();
        } catch (SerializationException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw tooDeep(e);
        } catch (RuntimeException | LinkageError e) {
            throw failure("the bytes can't be read", e);
        } finally {
            source.release();
            if (!done) {
                kept.clear();
            }
        }
    }

    private Graph renew(ClassLoader classes) {
        Graph graph = new Graph(filter, classes);
        kept = new SoftReference<>(graph);
        keptFor = new WeakReference<>(classes);
        return graph;
    }

    private static SerializationException tooDeep(StackOverflowError e) {
        return new SerializationException(
                "the value is nested too deeply for the thread's stack",
                List.of("put linked objects into a list, or give the JVM a larger stack (-Xss)"),
                e);
    }

    private static SerializationException failure(String problem, Throwable e) {
        Throwable reason = e;
        while (reason instanceof KryoException && reason.getCause() != null) {
            if (reason.getCause() instanceof SerializationException known) {
                return known;
            }
            reason = reason.getCause();
        }
        return new SerializationException(problem + ": " + reason, List.of(), reason);
    }
}

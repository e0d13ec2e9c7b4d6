package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.KryoException;
import java.io.IOException;

/** Carries an error of the stream, not of the value, through Kryo. */
final class StreamFailure extends KryoException {
    private static final long serialVersionUID = 1L;

    private final IOException failure;

    StreamFailure(IOException failure) {
        super(failure);
        this.failure = failure;
    }

    IOException failure() {
        return failure;
    }
}

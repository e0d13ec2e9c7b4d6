package io.clustrix.serializer.kryo;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import org.jspecify.annotations.Nullable;

/** Stands in a stream of JDK serialization for an object that Kryo writes. */
final class KryoPart implements Externalizable {
    private static final long serialVersionUID = 1L;

    private transient @Nullable Object value;

    /** Called by {@link java.io.ObjectInputStream}. */
    public KryoPart() {}

    KryoPart(Object value) {
        this.value = value;
    }

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
        if (!(out instanceof JdkStreams.Writer writer) || value == null) {
            throw new InvalidObjectException("a part outside a stream of this serializer");
        }
        writer.writePart(value);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException {
        if (!(in instanceof JdkStreams.Reader reader)) {
            throw new InvalidObjectException("a part outside a stream of this serializer");
        }
        value = reader.readPart();
    }

    @SuppressWarnings("unused") // called by ObjectInputStream
    private Object readResolve() throws InvalidObjectException {
        if (value == null) {
            throw new InvalidObjectException("an empty part");
        }
        return value;
    }
}

/**
 * The serializer {@code kryo}: compact and quick, for lambdas and for values whose classes know nothing of
 * serialization.
 *
 * <p>Kryo as it comes loses or breaks thirty of eighty everyday values on Java 17, or asks for {@code --add-opens}.
 * This package uses its streams, its encodings of values and its way to make objects, but chooses itself how objects of
 * a class are written ({@link io.clustrix.serializer.kryo.Forms}) and walks the graph itself
 * ({@link io.clustrix.serializer.kryo.Graph}). What needs the JDK's own hooks goes by JDK serialization inside the same
 * stream ({@link io.clustrix.serializer.kryo.JdkStreams}).
 */
@NullMarked
package io.clustrix.serializer.kryo;

import org.jspecify.annotations.NullMarked;

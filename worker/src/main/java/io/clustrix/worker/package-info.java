/**
 * The JVM on the node: reads a chunk, runs its tasks, writes their results; and what driver and worker share: the wire
 * format and the serializer that needs no library.
 */
@NullMarked
package io.clustrix.worker;

import org.jspecify.annotations.NullMarked;

/**
 * The files of a cluster: looking at them, and copying them. {@link io.clustrix.Clustrix#fileSystem} gives a
 * {@link io.clustrix.files.ClusterFileSystem}.
 */
@NullMarked
package io.clustrix.files;

import org.jspecify.annotations.NullMarked;

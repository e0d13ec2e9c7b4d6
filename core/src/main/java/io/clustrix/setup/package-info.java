/**
 * What Clustrix finds before anything runs: plugins, clusters, and the configuration with where each value comes from.
 */
@NullMarked
package io.clustrix.setup;

import org.jspecify.annotations.NullMarked;

/** Finds plugins, and says clearly what is wrong with those that can't be had. */
@NullMarked
package io.clustrix.internal.plugins;

import org.jspecify.annotations.NullMarked;

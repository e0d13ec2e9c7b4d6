/** The host that is this machine, and what any host can be wrapped in. */
@NullMarked
package io.clustrix.internal.host;

import org.jspecify.annotations.NullMarked;

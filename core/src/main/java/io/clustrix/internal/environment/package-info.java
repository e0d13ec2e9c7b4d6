/**
 * What workers run in: finds or brings a Java, within a limited time, and falls back on what is there. Knows no
 * scheduler and no transport.
 */
@NullMarked
package io.clustrix.internal.environment;

import org.jspecify.annotations.NullMarked;

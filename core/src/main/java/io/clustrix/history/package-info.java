/**
 * What was run: the runs of this user on this machine and their jobs, as their journals have them. Reading them takes
 * no lock and asks no cluster.
 */
@NullMarked
package io.clustrix.history;

import org.jspecify.annotations.NullMarked;

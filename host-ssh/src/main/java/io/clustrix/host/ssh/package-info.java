/**
 * Hosts that are reached by SSH: one connection for each host, many commands at once on it.
 *
 * <p>{@link io.clustrix.host.ssh.SshHostProvider} and {@link io.clustrix.host.ssh.SshSetup} are all there is to see.
 * Inside, {@code SshHost} runs commands over {@code ExecChannel}s of a {@code Link}, which {@code Links} opens anew
 * when it broke and {@code Dialer} connects and logs in, hop by hop, along the {@code Hop}s that {@code SshConfig} has
 * read.
 */
@NullMarked
package io.clustrix.host.ssh;

import org.jspecify.annotations.NullMarked;

package io.clustrix.benchmarks;

import io.clustrix.host.ssh.SshHostProvider;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.HostProvider;

/**
 * The transport {@code ssh} with a counter between it and the engine: {@code transport = counting-ssh}. Who counts is
 * told by what the program gave as its {@link HostTap credentials}, so that nothing static has to.
 */
public final class CountingSsh implements HostProvider<Record> {
    private final HostProvider<Record> ssh;

    /** For the service loader. */
    @SuppressWarnings("unchecked") // the settings come from the class that it names, and go back to it
    public CountingSsh() {
        HostProvider<?> any = new SshHostProvider();
        ssh = (HostProvider<Record>) any;
    }

    @Override
    public String name() {
        return "counting-ssh";
    }

    @Override
    public Class<Record> settings() {
        return ssh.settings();
    }

    @Override
    public Host connect(String destination, Record settings, HostContext context) {
        Host host = ssh.connect(destination, settings, context);
        return context.credentials() instanceof HostTap tap ? tap.watch(host) : host;
    }
}

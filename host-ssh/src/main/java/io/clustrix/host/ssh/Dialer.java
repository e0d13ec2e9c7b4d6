package io.clustrix.host.ssh;

import com.hierynomus.sshj.key.KeyAlgorithms;
import com.hierynomus.sshj.transport.cipher.BlockCiphers;
import com.hierynomus.sshj.transport.cipher.ChachaPolyCiphers;
import com.hierynomus.sshj.transport.cipher.GcmCiphers;
import com.hierynomus.sshj.transport.kex.DHGroups;
import com.hierynomus.sshj.transport.kex.ExtInfoClientFactory;
import com.hierynomus.sshj.transport.mac.Macs;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import javax.net.SocketFactory;
import net.schmizz.keepalive.KeepAliveProvider;
import net.schmizz.keepalive.KeepAliveRunner;
import net.schmizz.sshj.DefaultConfig;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.transport.kex.Curve25519SHA256;
import net.schmizz.sshj.transport.kex.DHGexSHA256;
import net.schmizz.sshj.transport.kex.ECDHNistP;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects and logs in, host by host along the way. */
final class Dialer {
    private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

    private final String name;
    private final Optional<Secret> password;
    private final Vault vault;
    private final LockOutGuard guard;
    private final ScheduledExecutorService clock;

    /**
     * For one destination.
     *
     * @param name how the threads are called
     * @param password of the last host on the way, and of no other
     */
    Dialer(String name, Optional<Secret> password, Vault vault, LockOutGuard guard, ScheduledExecutorService clock) {
        this.name = name;
        this.password = password;
        this.vault = vault;
        this.guard = guard;
        this.clock = clock;
    }

    /**
     * Connects.
     *
     * @throws HostException if a host's key or the log-in is refused
     * @throws IOException if it is a matter of the network
     */
    Link dial(List<Hop> hops) throws IOException {
        hops.forEach(guard::check);
        @Nullable Socket socket = null;
        List<Link.Leg> legs = new ArrayList<>();
        boolean done = false;
        try {
            for (Hop hop : hops) {
                boolean last = legs.size() == hops.size() - 1;
                SSHClient client = new SSHClient(algorithms());
                HostKeyCheck check = new HostKeyCheck(hop, name + "-reader" + (last ? "" : "-" + hop.alias()));
                prepare(client, hop, check);
                LongSupplier heard;
                if (legs.isEmpty()) {
                    MeteredSocket metered = connected(hop, addresses(hops));
                    socket = metered;
                    heard = metered::heard;
                    client.setSocketFactory(new Connected(metered));
                    handshake(client, hop, check, metered::close, () -> client.connect(hop.host(), hop.port()));
                } else {
                    SSHClient before = legs.get(legs.size() - 1).client();
                    TunnelChannel tunnel = new TunnelChannel(before.getConnection(), hop.host(), hop.port());
                    heard = tunnel::heard;
                    int index = legs.size();
                    handshake(client, hop, check, tunnel::abandon, () -> {
                        try {
                            tunnel.open(Deadline.in(hop.connectTimeout()));
                        } catch (IOException e) {
                            throw UnknownNameException.there(hops, index, e)
                                    .map(IOException.class::cast)
                                    .orElse(e);
                        }
                        client.connectVia(tunnel, hop.host(), hop.port());
                    });
                }
                legs.add(new Link.Leg(hop, client, heard));
                logIn(client, hop, last);
            }
            done = true;
            return new Link(Objects.requireNonNull(socket), legs);
        } finally {
            if (!done && socket != null) {
                new Link(socket, legs).close(name + "-parting");
            }
        }
    }

    private void prepare(SSHClient client, Hop hop, HostKeyCheck check) {
        int timeout = (int) hop.connectTimeout().toMillis();
        client.addHostKeyVerifier(check);
        client.setTimeout(timeout);
        client.getTransport().setTimeoutMs(timeout);
        client.getConnection().setTimeoutMs(timeout);
        KeepAliveRunner keepAlive = (KeepAliveRunner) client.getConnection().getKeepAlive();
        keepAlive.setKeepAliveInterval((int) Math.max(1, hop.keepAlive().toSeconds()));
        // Only the asking is left to it: its own way to end a link waits for a write that is stuck.
        keepAlive.setMaxAliveCount(Integer.MAX_VALUE);
    }

    private static InetAddress[] addresses(List<Hop> hops) throws UnknownNameException {
        try {
            return InetAddress.getAllByName(hops.get(0).host());
        } catch (UnknownHostException e) {
            throw UnknownNameException.here(hops, e);
        }
    }

    // All addresses of the name are tried: the first may be one that leads nowhere from here.
    private static MeteredSocket connected(Hop hop, InetAddress[] addresses) throws IOException {
        Deadline deadline = Deadline.in(hop.connectTimeout());
        for (int i = 0; ; i++) {
            boolean last = i == addresses.length - 1;
            long millis = TimeUnit.NANOSECONDS.toMillis(deadline.nanos());
            MeteredSocket socket = new MeteredSocket();
            try {
                socket.setTcpNoDelay(true); // else each command waits 40 ms for an acknowledgement
                socket.connect(
                        new InetSocketAddress(addresses[i], hop.port()), (int) Math.max(1, last ? millis : millis / 2));
                return socket;
            } catch (IOException | RuntimeException e) {
                socket.close();
                if (last) {
                    throw e;
                }
                LOG.debug("{} does not answer: {}", addresses[i], e.toString());
            }
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private interface Abort {
        void run() throws IOException;
    }

    private void handshake(SSHClient client, Hop hop, HostKeyCheck check, Abort abort, Step step) throws IOException {
        AtomicBoolean late = new AtomicBoolean();
        ScheduledFuture<?> alarm = clock.schedule(
                () -> {
                    late.set(true);
                    abort.run();
                    return null;
                },
                hop.connectTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            step.run();
            client.getConnection().getKeepAlive().setName(name + "-keep-alive");
        } catch (IOException | RuntimeException e) {
            Optional<HostException> refusal = check.refusal();
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            if (late.get()) {
                throw new IOException("no answer from " + hop.place() + " within " + Words.of(hop.connectTimeout()), e);
            }
            throw e;
        } finally {
            alarm.cancel(false);
        }
    }

    private void logIn(SSHClient client, Hop hop, boolean last) throws IOException {
        try {
            String how = new LogIn(client, hop, last ? password : Optional.empty(), vault).run();
            guard.accepted(hop);
            LOG.debug("logged in to {} by {}", hop.account(), how);
        } catch (LogIn.RefusedException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("the log-in was interrupted", e);
            }
            throw guard.refused(hop, e);
        }
    }

    /** What OpenSSH itself would use; sshj's own list has ciphers and digests that are broken. */
    private static DefaultConfig algorithms() {
        DefaultConfig config = new Algorithms();
        config.setLoggerFactory(new SilentLogs());
        config.setKeepAliveProvider(KeepAliveProvider.KEEP_ALIVE);
        return config;
    }

    private static final class Algorithms extends DefaultConfig {
        @Override
        protected void initKeyExchangeFactories() {
            setKeyExchangeFactories(List.of(
                    new Curve25519SHA256.Factory(),
                    new Curve25519SHA256.FactoryLibSsh(),
                    new ECDHNistP.Factory256(),
                    new ECDHNistP.Factory384(),
                    new ECDHNistP.Factory521(),
                    new DHGexSHA256.Factory(),
                    DHGroups.Group16SHA512(),
                    DHGroups.Group18SHA512(),
                    DHGroups.Group14SHA256(),
                    DHGroups.Group14SHA1(),
                    new ExtInfoClientFactory()));
        }

        @Override
        protected void initKeyAlgorithms() {
            setKeyAlgorithms(List.of(
                    KeyAlgorithms.EdDSA25519(),
                    KeyAlgorithms.ECDSASHANistp256(),
                    KeyAlgorithms.ECDSASHANistp384(),
                    KeyAlgorithms.ECDSASHANistp521(),
                    KeyAlgorithms.RSASHA512(),
                    KeyAlgorithms.RSASHA256(),
                    KeyAlgorithms.SSHRSA()));
        }

        @Override
        protected void initCipherFactories() {
            setCipherFactories(List.of(
                    ChachaPolyCiphers.CHACHA_POLY_OPENSSH(),
                    GcmCiphers.AES128GCM(),
                    GcmCiphers.AES256GCM(),
                    BlockCiphers.AES128CTR(),
                    BlockCiphers.AES192CTR(),
                    BlockCiphers.AES256CTR()));
        }

        @Override
        protected void initMACFactories() {
            setMACFactories(List.of(
                    Macs.HMACSHA2256Etm(),
                    Macs.HMACSHA2512Etm(),
                    Macs.HMACSHA2256(),
                    Macs.HMACSHA2512(),
                    Macs.HMACSHA1Etm(),
                    Macs.HMACSHA1()));
        }
    }

    /** Gives sshj a socket that is connected. */
    private static final class Connected extends SocketFactory {
        private final Socket socket;

        Connected(Socket socket) {
            this.socket = socket;
        }

        @Override
        public Socket createSocket() {
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new SocketException("not used");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("not used");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new SocketException("not used");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("not used");
        }
    }
}

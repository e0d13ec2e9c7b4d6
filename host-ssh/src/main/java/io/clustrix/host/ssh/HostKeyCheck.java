package io.clustrix.host.ssh;

import io.clustrix.host.ssh.SshSettings.HostKeyChecking;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.transport.verification.HostKeyVerifier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks the key of one host on the way. sshj only wants to know yes or no; the reason is kept here. */
final class HostKeyCheck implements HostKeyVerifier {
    private static final Logger LOG = LoggerFactory.getLogger(HostKeyCheck.class);

    private final Hop hop;
    private final KnownHosts known;
    private final String threadName;
    private volatile @Nullable HostException refusal;

    /** With a name for the connection's reading thread, which is the one that asks. */
    HostKeyCheck(Hop hop, String threadName) {
        this.hop = hop;
        this.known = new KnownHosts(hop.knownHosts());
        this.threadName = threadName;
    }

    /** Why the key was refused, if it was. */
    Optional<HostException> refusal() {
        return Optional.ofNullable(refusal);
    }

    private String name() {
        return hop.keyName().orElseGet(() -> KnownHosts.name(hop.host(), hop.port()));
    }

    @Override
    public boolean verify(String hostname, int port, PublicKey key) {
        Thread.currentThread().setName(threadName);
        try {
            refusal = check(new Buffer.PlainBuffer().putPublicKey(key).getCompactData())
                    .orElse(null);
        } catch (IOException e) {
            refusal = new HostException(
                    Fault.CONFIGURATION,
                    false,
                    "the key of " + hop.place() + " can't be checked: " + e,
                    List.of("make the known_hosts files readable"),
                    e);
        }
        return refusal == null;
    }

    private Optional<HostException> check(byte[] key) throws IOException {
        List<KnownHosts.Entry> entries = known.about(name());
        Optional<HostException> revoked = revoked(entries, key);
        if (revoked.isPresent() || entries.stream().anyMatch(e -> e.is(key))) {
            return revoked;
        }
        // ssh, too, takes a key that is known for the host without its port.
        boolean withoutPort = hop.keyName().isEmpty() && hop.port() != 22;
        List<KnownHosts.Entry> plain = withoutPort ? known.about(hop.host()) : List.of();
        revoked = revoked(plain, key);
        if (revoked.isPresent() || plain.stream().anyMatch(e -> e.is(key))) {
            return revoked;
        }
        List<KnownHosts.Entry> others =
                entries.stream().filter(e -> !e.revoked()).toList();
        if (!others.isEmpty()) {
            return Optional.of(changed(others, key));
        }
        if (hop.checking() == HostKeyChecking.ACCEPT_NEW) {
            known.add(name(), KnownHosts.type(key), key);
            LOG.warn(
                    "the key of {} was not known and is believed from now on: {} {}",
                    name(),
                    KnownHosts.type(key),
                    KnownHosts.fingerprint(key));
            return Optional.empty();
        }
        return Optional.of(unknown(key));
    }

    private Optional<HostException> revoked(List<KnownHosts.Entry> entries, byte[] key) {
        return entries.stream()
                .filter(e -> e.revoked() && e.is(key))
                .findFirst()
                .map(e -> new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "the key of " + hop.place() + " is REVOKED: " + KnownHosts.type(key) + " "
                                + KnownHosts.fingerprint(key) + ", by " + e.place(),
                        List.of("somebody may pretend to be this host; ask its administrators"),
                        null));
    }

    private HostException changed(List<KnownHosts.Entry> others, byte[] key) {
        String type = KnownHosts.type(key);
        String expected = others.stream()
                .map(e -> "  " + e.type() + " " + e.fingerprint() + "  (" + e.place() + ")")
                .collect(Collectors.joining("\n"));
        boolean sameType = others.stream().anyMatch(e -> e.type().equals(type));
        List<String> hints = new ArrayList<>();
        hints.add("SOMEBODY MAY BE READING ALONG: nothing was sent. Ask the administrators of " + hop.host()
                + " whether its key is new");
        hints.add("only if they say so: ssh-keygen -R '" + name() + "' -f " + fileOf(others.get(0)) + ", then "
                + accept());
        return new HostException(
                Fault.CONFIGURATION,
                false,
                "THE KEY OF " + hop.place() + (sameType ? " HAS CHANGED" : " IS OF ANOTHER TYPE THAN THOSE KNOWN")
                        + ": it shows\n  " + type + " " + KnownHosts.fingerprint(key) + "\nwhile known is\n" + expected,
                hints,
                null);
    }

    private static String fileOf(KnownHosts.Entry entry) {
        return entry.place().substring(0, entry.place().lastIndexOf(':'));
    }

    private HostException unknown(byte[] key) {
        return new HostException(
                Fault.CONFIGURATION,
                false,
                "the host " + hop.place() + " is not known yet. Its key is " + KnownHosts.type(key) + " "
                        + KnownHosts.fingerprint(key),
                List.of(
                        "compare that with what the site publishes, then " + accept(),
                        "host-key-checking = accept-new in the cluster's ssh block believes hosts at first sight"),
                null);
    }

    private String accept() {
        String port = hop.port() == 22 ? "" : " -p " + hop.port();
        if (hop.keyName().isPresent() || hop.knownHosts().isEmpty()) {
            return "accept it by: ssh" + port + " " + hop.alias();
        }
        return "accept it by: ssh-keyscan" + port + " -t ed25519,ecdsa,rsa " + hop.host() + " >> "
                + hop.knownHosts().get(0) + " (or answer yes to: ssh" + port + " " + hop.alias() + ")";
    }

    // A host that is known by one type of key only has to be asked for that one.
    @Override
    public List<String> findExistingAlgorithms(String hostname, int port) {
        List<String> result = new ArrayList<>();
        try {
            List<KnownHosts.Entry> entries = new ArrayList<>(known.about(name()));
            if (entries.isEmpty() && hop.keyName().isEmpty() && hop.port() != 22) {
                entries.addAll(known.about(hop.host()));
            }
            for (KnownHosts.Entry entry : entries) {
                if (entry.revoked()) {
                    continue;
                }
                if (entry.type().equals("ssh-rsa")) {
                    result.addAll(List.of("rsa-sha2-512", "rsa-sha2-256"));
                }
                result.add(entry.type());
            }
        } catch (IOException e) {
            LOG.debug("known_hosts can't be read", e); // the check itself says so
        }
        return result;
    }
}

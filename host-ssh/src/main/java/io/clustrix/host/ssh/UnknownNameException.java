package io.clustrix.host.ssh;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import net.schmizz.sshj.connection.channel.OpenFailException;
import org.jspecify.annotations.Nullable;

/** Nobody knows the name of a host on the way: it is misspelt, or the network that knows it is not there. */
final class UnknownNameException extends UnknownHostException {
    private static final long serialVersionUID = 1L;
    /** What a jump host's own system says; "Temporary failure in name resolution" is none of these. */
    private static final Pattern SAYINGS = Pattern.compile(
            "(?i)name or service not known|nodename nor servname|no address associated|name does not resolve"
                    + "|unknown host|no such host");

    private final transient Hop hop;
    private final boolean jump;

    private UnknownNameException(List<Hop> hops, int index, Throwable cause) {
        super("nobody knows the name " + hops.get(index).host()
                + (index == 0 ? "" : " on " + hops.get(index - 1).place()));
        initCause(cause);
        this.hop = hops.get(index);
        this.jump = index < hops.size() - 1;
    }

    /** That this machine does not know the name of the first host. */
    static UnknownNameException here(List<Hop> hops, IOException cause) {
        return new UnknownNameException(hops, 0, cause);
    }

    /** If that is why a host on the way did not connect to the one with this index. */
    static Optional<UnknownNameException> there(List<Hop> hops, int index, IOException why) {
        @Nullable Throwable at = why;
        for (int i = 0; i < 20 && at != null; i++) {
            if (at instanceof OpenFailException
                    && SAYINGS.matcher(String.valueOf(at.getMessage())).find()) {
                return Optional.of(new UnknownNameException(hops, index, why));
            }
            at = at.getCause();
        }
        return Optional.empty();
    }

    /** By which setting the name came, in words. */
    String setting() {
        if (!hop.host().equalsIgnoreCase(hop.alias())) {
            return "HostName of '" + hop.alias() + "' in the SSH config file";
        }
        return jump
                ? "jump in the cluster's ssh block, or ProxyJump in the SSH config file"
                : "host in the cluster's block";
    }
}

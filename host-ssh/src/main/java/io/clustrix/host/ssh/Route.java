package io.clustrix.host.ssh;

import io.clustrix.host.ssh.SshSettings.HostKeyChecking;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works out the way to a host from the settings and the configuration files of OpenSSH. */
final class Route {
    private static final Logger LOG = LoggerFactory.getLogger(Route.class);
    private static final int MOST_HOPS = 8;
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(15);
    private static final List<String> STANDARD_KEYS = List.of("id_ed25519", "id_ecdsa", "id_rsa");
    private static final Pattern STDIO_FORWARD = Pattern.compile(
            "(?:\\S*/)?ssh(?:\\s+-q)?\\s+(?:-W\\s+\\[?%h]?:%p\\s+(?<a>[^-\\s]\\S*)|(?<b>[^-\\s]\\S*)\\s+-W\\s+\\[?%h]?:%p)");

    private final SshSettings settings;
    private final SshConfig config;
    private final Path home;
    private final String localUser;
    private final Optional<String> agentSocket;

    /** With the value of SSH_AUTH_SOCK, if it is set. */
    Route(SshSettings settings, SshConfig config, Path home, String localUser, Optional<String> agentSocket) {
        this.settings = settings;
        this.config = config;
        this.home = home;
        this.localUser = localUser;
        this.agentSocket = agentSocket;
    }

    /** The hosts on the way, the nearest first; the last one is the destination. */
    List<Hop> to(String destination) {
        List<Hop> hops = new ArrayList<>();
        add(Destination.parse(destination), settings.jump(), 0, hops);
        return hops;
    }

    private void add(Destination destination, Optional<String> through, int depth, List<Hop> hops) {
        Map<String, List<String>> values = lookUp(destination.host());
        Optional<String> jumps = through.isPresent() ? through : jump(destination, values);
        List<String> names = jumps.filter(j -> !j.equalsIgnoreCase("none")).stream()
                .flatMap(j -> Arrays.stream(j.split(",", -1)))
                .map(String::strip)
                .filter(j -> !j.isEmpty())
                .toList();
        if (!names.isEmpty()) {
            if (depth + hops.size() + names.size() >= MOST_HOPS) {
                throw new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "the way to " + destination.host() + " has more than " + MOST_HOPS + " jump hosts",
                        List.of("ProxyJump of the SSH config file may go in a circle: ssh -G " + names.get(0)
                                + " shows what is set for a host"),
                        null);
            }
            // As ssh -J does: the hosts before are the way to each; the first has a way of its own.
            for (int i = 0; i < names.size(); i++) {
                add(Destination.parse(names.get(i)), i == 0 ? Optional.empty() : Optional.of("none"), depth + 1, hops);
            }
        }
        hops.add(hop(destination, values, depth == 0));
    }

    private Map<String, List<String>> lookUp(String host) {
        try {
            return config.lookUp(host);
        } catch (IOException e) {
            throw new HostException(
                    Fault.CONFIGURATION,
                    false,
                    "the SSH config file can't be read: " + e,
                    List.of("mend it, or set config-file = none in the cluster's ssh block"),
                    e);
        }
    }

    private static Optional<String> jump(Destination destination, Map<String, List<String>> values) {
        Optional<String> jump = first(values, "proxyjump");
        Optional<String> command = first(values, "proxycommand").filter(c -> !c.equalsIgnoreCase("none"));
        if (jump.isPresent() || command.isEmpty()) {
            return jump;
        }
        Matcher forward = STDIO_FORWARD.matcher(command.get().strip());
        if (forward.matches()) {
            return Optional.of(forward.group("a") == null ? forward.group("b") : forward.group("a"));
        }
        throw new HostException(
                Fault.CONFIGURATION,
                false,
                "the SSH config file has a ProxyCommand for " + destination.host() + ", which is not supported: "
                        + command.get(),
                List.of(
                        "if it goes through another host, write ProxyJump instead, or jump = HOST in the cluster's ssh"
                                + " block",
                        "jump = none goes directly"),
                null);
    }

    private Hop hop(Destination destination, Map<String, List<String>> values, boolean last) {
        String alias = destination.host();
        String host = first(values, "hostname")
                .map(h -> h.replace("%h", alias).replace("%%", "%"))
                .orElse(alias)
                .toLowerCase(Locale.ROOT);
        int port = (last ? settings.port() : OptionalInt.empty())
                .orElseGet(() -> destination
                        .port()
                        .orElseGet(() -> number(values, "port", alias).orElse(22)));
        String user = (last ? settings.user() : Optional.<String>empty())
                .or(destination::user)
                .or(() -> first(values, "user"))
                .orElse(localUser);
        Tokens tokens = new Tokens(home, localUser, alias, host, port, user);
        return new Hop(
                alias,
                host,
                port,
                user,
                identities(values, tokens, last),
                first(values, "identitiesonly").filter("yes"::equalsIgnoreCase).isPresent(),
                agent(values, tokens),
                knownHosts(values, tokens),
                first(values, "hostkeyalias"),
                checking(values, alias),
                settings.connectTimeout()
                        .or(() -> seconds(values, "connecttimeout", alias))
                        .orElse(STANDARD_TIMEOUT),
                settings.keepAlive()
                        .or(() -> seconds(values, "serveraliveinterval", alias))
                        .orElse(STANDARD_TIMEOUT));
    }

    private List<Path> identities(Map<String, List<String>> values, Tokens tokens, boolean last) {
        if (last && !settings.identity().isEmpty()) {
            for (Path file : settings.identity()) {
                if (!Files.isReadable(file)) {
                    throw new HostException(
                            Fault.CONFIGURATION,
                            false,
                            "the key file " + file + " can't be read",
                            List.of("it is named by identity in the cluster's ssh block"),
                            null);
                }
            }
            return settings.identity();
        }
        List<String> named = values.getOrDefault("identityfile", List.of());
        if (!named.isEmpty()) {
            return named.stream()
                    .filter(n -> !n.equalsIgnoreCase("none"))
                    .map(tokens::path)
                    // Only the public half may be here when the private one is in an agent.
                    .filter(p -> Files.isReadable(p) || Files.isReadable(Path.of(p + ".pub")))
                    .distinct()
                    .toList();
        }
        return STANDARD_KEYS.stream()
                .map(n -> home.resolve(".ssh").resolve(n))
                .filter(Files::isReadable)
                .toList();
    }

    private Optional<Path> agent(Map<String, List<String>> values, Tokens tokens) {
        if (!settings.agent()) {
            return Optional.empty();
        }
        Optional<String> named = first(values, "identityagent");
        if (named.isEmpty()
                || named.get().equals("SSH_AUTH_SOCK")
                || named.get().equals("$SSH_AUTH_SOCK")) {
            return agentSocket.filter(s -> !s.isBlank()).map(Path::of);
        }
        return named.filter(n -> !n.equalsIgnoreCase("none"))
                .map(n -> n.startsWith("$")
                        ? Optional.ofNullable(System.getenv(n.substring(1).replaceAll("[{}]", "")))
                                .orElse("")
                        : n)
                .filter(n -> !n.isEmpty())
                .map(tokens::path);
    }

    private List<Path> knownHosts(Map<String, List<String>> values, Tokens tokens) {
        if (!settings.knownHosts().isEmpty()) {
            return settings.knownHosts();
        }
        List<Path> result = new ArrayList<>();
        values.getOrDefault("userknownhostsfile", List.of("~/.ssh/known_hosts", "~/.ssh/known_hosts2")).stream()
                .filter(n -> !n.equalsIgnoreCase("none"))
                .map(tokens::path)
                .forEach(result::add);
        values
                .getOrDefault("globalknownhostsfile", List.of("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"))
                .stream()
                .filter(n -> !n.equalsIgnoreCase("none"))
                .map(tokens::path)
                .forEach(result::add);
        return result;
    }

    private HostKeyChecking checking(Map<String, List<String>> values, String alias) {
        if (settings.hostKeyChecking().isPresent()) {
            return settings.hostKeyChecking().get();
        }
        String text = first(values, "stricthostkeychecking").orElse("ask").toLowerCase(Locale.ROOT);
        if (text.equals("no") || text.equals("off")) {
            LOG.warn(
                    "StrictHostKeyChecking {} of {} in the SSH config file is not followed: its key is checked",
                    text,
                    alias);
        }
        return text.equals("accept-new") ? HostKeyChecking.ACCEPT_NEW : HostKeyChecking.STRICT;
    }

    private static Optional<String> first(Map<String, List<String>> values, String keyword) {
        return values.getOrDefault(keyword, List.of()).stream().findFirst();
    }

    private static Optional<Integer> number(Map<String, List<String>> values, String keyword, String alias) {
        Optional<String> text = first(values, keyword);
        if (text.isPresent() && !text.get().matches("\\d{1,6}")) {
            LOG.warn("{} = {} of {} in the SSH config file is no number and ignored", keyword, text.get(), alias);
            return Optional.empty();
        }
        return text.map(Integer::valueOf);
    }

    // 0 means "never" there; here there is always a limit.
    private static Optional<Duration> seconds(Map<String, List<String>> values, String keyword, String alias) {
        return number(values, keyword, alias).filter(n -> n > 0).map(Duration::ofSeconds);
    }

    /** What stands for what in the files, see TOKENS in ssh_config(5). */
    private record Tokens(Path home, String localUser, String alias, String host, int port, String user) {
        private static final Pattern TOKEN = Pattern.compile("%.");

        Path path(String text) {
            Matcher token = TOKEN.matcher(text);
            String result = token.replaceAll(found -> Matcher.quoteReplacement(
                    switch (found.group().charAt(1)) {
                        case '%' -> "%";
                        case 'd' -> home.toString();
                        case 'h' -> host;
                        case 'n' -> alias;
                        case 'p' -> String.valueOf(port);
                        case 'r' -> user;
                        case 'u' -> localUser;
                        default -> found.group();
                    }));
            return home.resolve(SshConfig.home(result, home)).normalize();
        }
    }

    /** {@code user@host:port}, with a numeric IPv6 address in brackets. */
    record Destination(Optional<String> user, String host, OptionalInt port) {
        private static final Pattern FORM = Pattern.compile(
                "(?:ssh://)?(?:(?<user>[^@\\s]+(?:@[^@\\s]+)*)@)?(?:\\[(?<six>[0-9a-fA-F:.%\\w]+)]|(?<host>[^@:\\s/\\[\\],-][^@:\\s/\\[\\],]*)|(?<bare>[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*))(?::(?<port>\\d{1,5}))?/?");

        static Destination parse(String text) {
            Matcher m = FORM.matcher(text.strip());
            int port = m.matches() && m.group("port") != null ? Integer.parseInt(m.group("port")) : 22;
            if (!m.matches() || port < 1 || port > 65_535) {
                throw new io.clustrix.spi.ConfigurationException(
                        "'" + text + "' is no host to connect to", "write HOST, USER@HOST or USER@HOST:PORT");
            }
            String host = m.group("six") != null
                    ? m.group("six")
                    : m.group("host") != null ? m.group("host") : m.group("bare");
            return new Destination(
                    Optional.ofNullable(m.group("user")),
                    host,
                    m.group("port") == null ? OptionalInt.empty() : OptionalInt.of(port));
        }
    }
}

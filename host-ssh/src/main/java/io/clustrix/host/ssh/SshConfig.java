package io.clustrix.host.ssh;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Client configuration files of OpenSSH, as far as they matter here: {@code Host}, {@code Match} with {@code all},
 * {@code host}, {@code originalhost} and {@code localuser}, {@code Include}, and the keywords of {@link #VALUES}. As in
 * ssh_config(5) the first value of a keyword wins, but for {@code IdentityFile}, which adds up.
 */
final class SshConfig {
    private static final Logger LOG = LoggerFactory.getLogger(SshConfig.class);
    private static final int MOST_INCLUDES = 16;

    private static final Set<String> VALUES = Set.of(
            "hostname",
            "user",
            "port",
            "identityfile",
            "identitiesonly",
            "identityagent",
            "proxyjump",
            "proxycommand",
            "userknownhostsfile",
            "globalknownhostsfile",
            "hostkeyalias",
            "stricthostkeychecking",
            "connecttimeout",
            "serveraliveinterval");
    private static final Set<String> LISTS = Set.of("identityfile", "userknownhostsfile", "globalknownhostsfile");

    private final List<Path> files;
    private final Path home;
    private final String localUser;

    /** Of files that are read when a host is asked for, the first first; those that don't exist are as if empty. */
    SshConfig(List<Path> files, Path home, String localUser) {
        this.files = List.copyOf(files);
        this.home = home;
        this.localUser = localUser;
    }

    /** What the files say about a host, keywords in lower case; {@code identityfile} may have several values. */
    Map<String, List<String>> lookUp(String host) throws IOException {
        Lookup lookup = new Lookup(host);
        for (Path file : files) {
            lookup.read(file, new boolean[] {true}, 0);
        }
        return lookup.values;
    }

    private final class Lookup {
        private final String host;
        private final Map<String, List<String>> values = new LinkedHashMap<>();

        Lookup(String host) {
            this.host = host;
        }

        // 'active': whether what comes next is meant for the host; an included file changes it only for itself.
        private void read(Path file, boolean[] active, int depth) throws IOException {
            List<String> lines;
            try {
                lines = Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1);
            } catch (NoSuchFileException e) {
                return;
            }
            for (int i = 0; i < lines.size(); i++) {
                String line = new String(
                        lines.get(i).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                        java.nio.charset.StandardCharsets.UTF_8);
                List<String> words = words(line);
                if (!words.isEmpty()) {
                    String place = file + ":" + (i + 1);
                    line(
                            words.get(0).toLowerCase(Locale.ROOT),
                            words.subList(1, words.size()),
                            place,
                            file,
                            active,
                            depth);
                }
            }
        }

        private void line(String keyword, List<String> arguments, String place, Path file, boolean[] active, int depth)
                throws IOException {
            if (arguments.isEmpty()) {
                LOG.warn("{}: {} without a value is ignored", place, keyword);
            } else if (keyword.equals("host")) {
                active[0] = matches(arguments, host);
            } else if (keyword.equals("match")) {
                active[0] = meets(arguments, place);
            } else if (keyword.equals("include") && active[0]) {
                if (depth >= MOST_INCLUDES) {
                    LOG.warn("{}: more than {} files include each other; the rest is ignored", place, MOST_INCLUDES);
                    return;
                }
                for (String pattern : arguments) {
                    for (Path included : included(pattern, file)) {
                        read(included, new boolean[] {true}, depth + 1);
                    }
                }
            } else if (active[0] && VALUES.contains(keyword)) {
                value(keyword, arguments);
            }
        }

        private void value(String keyword, List<String> arguments) {
            List<String> content = LISTS.contains(keyword)
                    ? arguments
                    : keyword.equals("proxycommand") ? List.of(String.join(" ", arguments)) : List.of(arguments.get(0));
            if (keyword.equals("identityfile")) {
                values.computeIfAbsent(keyword, k -> new ArrayList<>()).add(arguments.get(0));
            } else if (keyword.startsWith("proxy")) {
                // Whichever of ProxyJump and ProxyCommand comes first counts.
                if (!values.containsKey("proxyjump") && !values.containsKey("proxycommand")) {
                    values.put(keyword, content);
                }
            } else {
                values.putIfAbsent(keyword, List.copyOf(content));
            }
        }

        private boolean meets(List<String> criteria, String place) {
            boolean result = true;
            Iterator<String> rest = criteria.iterator();
            while (rest.hasNext()) {
                String written = rest.next();
                String criterion = written.toLowerCase(Locale.ROOT);
                boolean not = criterion.startsWith("!");
                String name = not ? criterion.substring(1) : criterion;
                if (name.equals("all")) {
                    result &= !not;
                    continue;
                }
                Optional<String> subject = switch (name) {
                    case "host" -> Optional.of(hostName());
                    case "originalhost" -> Optional.of(host);
                    case "localuser" -> Optional.of(localUser);
                    default -> Optional.empty();
                };
                if (subject.isEmpty() || !rest.hasNext()) {
                    LOG.warn("{}: Match {} is not supported here; its block is ignored", place, written);
                    return false;
                }
                result &= matches(List.of(rest.next().split(",", -1)), subject.get()) != not;
            }
            return result;
        }

        private String hostName() {
            List<String> name = values.get("hostname");
            return name == null ? host : name.get(0).replace("%h", host).replace("%%", "%");
        }

        private List<Path> included(String pattern, Path file) throws IOException {
            Path first = files.isEmpty() ? file : files.get(0);
            boolean system = file.startsWith("/etc/ssh") && !first.startsWith("/etc/ssh");
            Path base = system ? Path.of("/etc/ssh") : home.resolve(".ssh");
            Path path = base.resolve(home(pattern, home)).normalize();
            Path name = path.getFileName();
            Path directory = path.getParent();
            if (name == null || directory == null) {
                return List.of();
            }
            if (!Pattern.compile("[*?\\[]").matcher(pattern).find()) {
                return List.of(path);
            }
            List<Path> found = new ArrayList<>();
            if (Files.isDirectory(directory)) {
                try (DirectoryStream<Path> matching = Files.newDirectoryStream(directory, name.toString())) {
                    matching.forEach(found::add);
                }
            }
            found.removeIf(p -> p.getFileName().toString().startsWith(".")
                    && !name.toString().startsWith("."));
            found.sort(null);
            return found;
        }
    }

    /** {@code ~/x} in the home directory. */
    static String home(String path, Path home) {
        return path.equals("~") || path.startsWith("~/") ? home + path.substring(1) : path;
    }

    /** Whether one of the patterns fits and none of those with an exclamation mark does. */
    static boolean matches(List<String> patterns, String text) {
        boolean result = false;
        for (String pattern : patterns) {
            boolean not = pattern.startsWith("!");
            if (glob(not ? pattern.substring(1) : pattern, text)) {
                if (not) {
                    return false;
                }
                result = true;
            }
        }
        return result;
    }

    private static boolean glob(String pattern, String text) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString()).matcher(text).matches();
    }

    /** Words of a line: separated by blanks, the keyword also by one '=', in double or single quotes or not. */
    static List<String> words(String line) {
        List<String> result = new ArrayList<>();
        @Nullable StringBuilder word = null;
        char quote = 0;
        boolean equals = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            boolean escape = c == '\\' && i + 1 < line.length() && "\"'\\ ".indexOf(line.charAt(i + 1)) >= 0;
            if (quote != 0 && c == quote) {
                quote = 0;
            } else if (escape && (quote != 0 || line.charAt(i + 1) != ' ' || word != null)) {
                word = word == null ? new StringBuilder() : word;
                word.append(line.charAt(++i));
            } else if (quote != 0) {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            } else if (c == '"' || c == '\'') {
                quote = c;
                word = word == null ? new StringBuilder() : word;
            } else if (c == '#' && word == null) {
                break;
            } else if (Character.isWhitespace(c)
                    || (c == '=' && !equals && result.size() + (word == null ? 0 : 1) == 1)) {
                equals |= c == '=';
                if (word != null) {
                    result.add(word.toString());
                    word = null;
                }
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        if (word != null) {
            result.add(word.toString());
        }
        return result;
    }
}

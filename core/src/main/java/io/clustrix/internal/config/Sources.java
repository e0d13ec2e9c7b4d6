package io.clustrix.internal.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads files and resources into unresolved {@link Config}s; for one load, not thread-safe.
 *
 * <p>Files are read here and not by Typesafe, because its parser would overflow the stack on deep nesting, follow
 * includes in a circle fifty times before it says so, fetch what {@code include} finds at any URL, and quote the
 * offending line, secret or not.
 */
final class Sources {
    /** What the resource with a module's defaults is called. */
    static final String REFERENCE = "reference.conf";

    private static final String ROOT = "clustrix";
    private static final int LARGEST = 1 << 20;
    private static final int INCLUDES = 100;
    private static final Pattern ADVICE =
            Pattern.compile(" \\((?:if you intended|Reserved character|JSON does not allow).*");

    private final Problems problems;
    private final ClassLoader classLoader;
    private final List<String> read = new ArrayList<>();
    private int includes;

    /** That a problem has been added and this source is of no use; carries nothing. */
    private static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Failed() {
            super(null, null, false, false);
        }
    }

    Sources(ClassLoader classLoader, Problems problems) {
        this.classLoader = classLoader;
        this.problems = problems;
    }

    /** What was read, in order, without the included ones. */
    List<String> read() {
        return Collections.unmodifiableList(read);
    }

    /** The {@code clustrix} part of every {@code reference.conf} on the class path, lying beside each other. */
    Config references() {
        // By location, so that two which set the same key, a mistake of the packaging, do so in the same order each
        // time.
        Map<String, URL> found = new TreeMap<>();
        try {
            for (URL url : Collections.list(classLoader.getResources(REFERENCE))) {
                found.put(url.toExternalForm(), url);
            }
        } catch (IOException e) {
            problems.add("the class path can't be searched for reference.conf: " + e, "");
        }
        Config all = ConfigFactory.empty();
        for (URL url : found.values()) {
            // Places tells several origins apart by the commas between them.
            String name = Places.DEFAULTS + shortened(url).replace(',', ';');
            try {
                byte[] bytes = bytes(url);
                // Those of other libraries are none of our business, nor are their mistakes.
                if (new String(bytes, StandardCharsets.ISO_8859_1).contains(ROOT)) {
                    Config one = parsed(text(name, bytes), null, List.of(name));
                    if (one.root().containsKey(ROOT)) {
                        all = all.withFallback(one.root().withOnlyKey(ROOT).toConfig());
                        read.add(shortened(url));
                    }
                }
            } catch (IOException e) {
                problems.add("can't be read: " + e, name);
            } catch (Failed e) {
                // Told already; go on with the others.
            }
        }
        return all;
    }

    /** A file, or nothing if it does not exist or there was a problem. */
    Optional<Config> file(Path file) {
        Path path = file.toAbsolutePath().normalize();
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            Config config = file(path, List.of(path.toString()));
            for (String key : config.root().keySet()) {
                ConfigValue value = config.root().get(key);
                // Underscore: the user's own variables, for substitutions.
                if (!key.equals(ROOT) && !key.startsWith("_") && value != null) {
                    problems.add(
                            key,
                            "unknown key; all settings stand in a block 'clustrix { ... }', and a key for your own"
                                    + " substitutions begins with '_'",
                            value.origin());
                }
            }
            read.add(path.toString());
            return Optional.of(config);
        } catch (Failed e) {
            return Optional.empty();
        }
    }

    /** HOCON in a variable. */
    Optional<Config> variable(String name, String text) {
        try {
            return Optional.of(parsed(text, null, List.of(Places.ENVIRONMENT + name)));
        } catch (Failed e) {
            return Optional.empty();
        }
    }

    private Config file(Path path, List<String> chain) {
        String name = path.toString();
        byte[] bytes;
        try {
            if (Files.isDirectory(path)) {
                problems.add("is a directory; a configuration is a file", name);
                throw new Failed();
            }
            try (InputStream in = Files.newInputStream(path)) {
                bytes = in.readNBytes(LARGEST + 1);
            }
        } catch (IOException e) {
            problems.add("can't be read: " + e, name);
            throw new Failed();
        }
        return parsed(text(name, bytes), path.getParent(), chain);
    }

    private static byte[] bytes(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        // The JVM's cache of open jars would keep the file open, and would not see it replaced.
        connection.setUseCaches(false);
        try (InputStream in = connection.getInputStream()) {
            return in.readNBytes(LARGEST + 1);
        }
    }

    private String text(String name, byte[] bytes) {
        if (bytes.length > LARGEST) {
            problems.add("has more than " + LARGEST + " bytes, which no configuration has", name);
            throw new Failed();
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            problems.add("is not UTF-8 text", name);
            throw new Failed();
        }
    }

    // The last of the chain is the name of this source, those before it include it.
    private Config parsed(String text, @Nullable Path directory, List<String> chain) {
        String name = chain.get(chain.size() - 1);
        ConfigSyntax syntax = name.endsWith(".properties") ? ConfigSyntax.PROPERTIES : ConfigSyntax.CONF;
        try {
            if (syntax != ConfigSyntax.PROPERTIES) {
                SourceText.inspect(text);
            }
            return ConfigFactory.parseString(
                    text,
                    ConfigParseOptions.defaults()
                            .setOriginDescription(name)
                            .setSyntax(syntax)
                            .setIncluder(new Includer(text, directory, chain)));
        } catch (SourceText.Refused e) {
            problems.add(String.valueOf(e.getMessage()), name + ":" + e.line());
        } catch (ConfigException e) {
            int line = e.origin() == null ? -1 : e.origin().lineNumber();
            problems.add(told(e, text, line), line < 0 ? name : name + ":" + line);
        } catch (IllegalArgumentException e) {
            // Of java.util.Properties, which has no other way to refuse an escape.
            problems.add("is not a valid properties file: a \\u is not followed by four hexadecimal digits", name);
        }
        throw new Failed();
    }

    // The parser quotes what it stumbled over, which may be half a password.
    private static String told(ConfigException e, String text, int line) {
        List<String> lines = text.lines().toList();
        for (int i = Math.max(1, line - 2); i <= Math.min(line, lines.size()); i++) {
            if (Sensitive.looksSo(lines.get(i - 1))) {
                return "is not valid HOCON (the text is not shown because a secret may be near); put texts with special"
                        + " characters in double quotes";
            }
        }
        String message = String.valueOf(e.getMessage());
        String description = e.origin() == null ? "" : e.origin().description() + ": ";
        String bare = message.startsWith(description) ? message.substring(description.length()) : message;
        String brief = ADVICE.matcher(bare).replaceFirst("");
        return brief + (brief.equals(bare) ? "" : "; put texts with special characters in double quotes");
    }

    private static String shortened(URL url) {
        String text = url.toExternalForm();
        if (text.startsWith("file:")) {
            return url.getPath();
        }
        int jar = text.indexOf("!/");
        return jar < 0 ? text : text.substring(text.lastIndexOf('/', jar) + 1);
    }

    /** Includes for one source, which knows where it lies and through which others it was reached. */
    private final class Includer
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
        private final String text;
        private final @Nullable Path directory;
        private final List<String> chain;

        Includer(String text, @Nullable Path directory, List<String> chain) {
            this.text = text;
            this.directory = directory;
            this.chain = chain;
        }

        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            return this;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            if (what.matches("[A-Za-z]{2,}:.*")) {
                return refused(
                        what,
                        "include of the URL '" + Sensitive.masked(what)
                                + "': a configuration is not fetched over the network");
            }
            return directory == null ? includeResources(context, what) : includeFile(context, new File(what));
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            Path path;
            try {
                path = directory == null ? what.toPath() : directory.resolve(what.toPath());
            } catch (InvalidPathException e) {
                return refused(what.toString(), "include of '" + what + "': " + e.getMessage());
            }
            if (!path.isAbsolute()) {
                return refused(
                        what.toString(),
                        "include of '" + what + "': there is no directory that a relative path could start from");
            }
            path = path.normalize();
            if (!Files.exists(path) && Files.exists(Path.of(path + ".conf"))) {
                path = Path.of(path + ".conf");
            }
            if (!Files.exists(path)) {
                return missing(context, what.toString(), path.toString());
            }
            return file(path, entered(what.toString(), path.toString())).root();
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            URL url = classLoader.getResource(what.startsWith("/") ? what.substring(1) : what);
            if (url == null) {
                return missing(context, what, "class path resource " + what);
            }
            String defaults = chain.get(0).startsWith(Places.DEFAULTS) ? Places.DEFAULTS : "";
            List<String> longer = entered(what, defaults + shortened(url));
            try {
                return parsed(text(shortened(url), bytes(url)), null, longer).root();
            } catch (IOException e) {
                return refused(what, "include of '" + what + "': " + e);
            }
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            return refused(what.toString(), "include url(...): a configuration is not fetched over the network");
        }

        private List<String> entered(String what, String name) {
            List<String> longer = new ArrayList<>(chain);
            longer.add(name);
            if (chain.contains(name)) {
                refused(
                        what,
                        "includes itself: " + String.join(" -> ", longer.subList(chain.indexOf(name), longer.size())));
            }
            if (++includes > INCLUDES) {
                refused(what, "more than " + INCLUDES + " includes in all");
            }
            return longer;
        }

        private ConfigObject missing(ConfigIncludeContext context, String what, String name) {
            return context.parseOptions().getAllowMissing()
                    ? ConfigFactory.empty().root()
                    : refused(what, "include required: " + name + " does not exist");
        }

        // Typesafe tells an includer neither where the include stands nor lets it see the source.
        private ConfigObject refused(String what, String problem) {
            List<String> lines = text.lines().toList();
            String name = chain.get(chain.size() - 1);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains("include") && lines.get(i).contains(what)) {
                    name += ":" + (i + 1);
                    break;
                }
            }
            problems.add(problem, name);
            throw new Failed();
        }
    }
}

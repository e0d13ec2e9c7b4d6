package io.clustrix.internal.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Where a value was written, as people want to read it. */
final class Places {
    /** Begins the description of what came from an environment variable; no file's description begins so. */
    static final String ENVIRONMENT = "environment variable ";

    /** Begins the description of what a {@code reference.conf} says; no other file's description begins so. */
    static final String DEFAULTS = "defaults of ";

    static final String SYSTEM_PROPERTIES = "system properties";
    static final String CODE = "set in code";

    private static final String MERGED = "merge of ";
    private static final Pattern LINE = Pattern.compile(": ?(\\d+(?:-\\d+)?)$");

    private Places() {}

    /** {@code /home/anna/clustrix.conf:7}; two of them if the value was put together from two. */
    static String of(ConfigOrigin origin) {
        List<String> parts = parts(origin);
        // Whose block lacks a key is asked of the user, not of the defaults that lie below it.
        List<String> written =
                parts.stream().filter(p -> !p.startsWith(DEFAULTS)).toList();
        return String.join(" and ", written.isEmpty() ? parts : written);
    }

    /** Whether nobody has written this but the authors of {@code reference.conf}s. */
    static boolean isDefault(ConfigOrigin origin) {
        return parts(origin).stream().allMatch(p -> p.startsWith(DEFAULTS));
    }

    /** Whether a value, or a part of it, comes from a variable or property whose name looks like a secret's. */
    static boolean isSensitive(ConfigOrigin origin) {
        // Parts with a line are of files, whose names mean nothing here.
        return parts(origin).stream().anyMatch(p -> !LINE.matcher(p).find() && Sensitive.looksSo(p));
    }

    private static List<String> parts(ConfigOrigin origin) {
        String text = origin.description();
        if (!text.startsWith(MERGED)) {
            return List.of(lined(text));
        }
        return Arrays.stream(text.substring(MERGED.length()).split(",(?! )", -1))
                .map(Places::lined)
                .toList();
    }

    private static String lined(String part) {
        // A list in a variable is parsed, so it has a line: always the first.
        return LINE.matcher(part).replaceFirst(part.startsWith(ENVIRONMENT) ? "" : ":$1");
    }

    /** A value at a path, with its origin for the blocks around it too. */
    static Config nested(List<String> path, ConfigValue value) {
        ConfigValue result = value;
        for (int i = path.size() - 1; i >= 0; i--) {
            result = ConfigFactory.empty().root().withOrigin(value.origin()).withValue(path.get(i), result);
        }
        return ((ConfigObject) result).toConfig();
    }

    /**
     * Whether a value is as one environment variable or the program has it, and nothing of it from a file or a command
     * line.
     */
    static boolean isOutsideFiles(ConfigOrigin origin) {
        String text = origin.description();
        return origin.lineNumber() < 0
                && origin.filename() == null
                && origin.url() == null
                && origin.resource() == null
                && !text.startsWith(MERGED)
                // Typesafe calls them so too, if the application hands us what ConfigFactory.load() made.
                && !text.startsWith(SYSTEM_PROPERTIES);
    }
}

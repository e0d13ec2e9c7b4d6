package io.clustrix.internal.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.clustrix.spi.Memory;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Secret;
import io.clustrix.spi.Walltime;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A section of HOCON to a record, by its canonical constructor: component {@code pollInterval} is key
 * {@code poll-interval}.
 *
 * <p>Components may be {@code String}, {@code int}, {@code long}, {@code double}, {@code boolean} (boxed too), an enum,
 * {@link Duration}, {@link Memory}, {@link Path}, {@link RemotePath}, {@link Secret}, a record of such components, a
 * {@code List} or a {@code Map} from {@code String} of any of these, and {@code Optional}, {@code OptionalInt},
 * {@code OptionalLong}, {@code OptionalDouble}. An absent key is an error unless its component is one of the optionals,
 * a list or a map (which are then empty) or a record (which is read from an empty section). {@code null} counts as
 * absent, and so does an optional block of which nothing is set but by {@code reference.conf}.
 *
 * <p>The compact constructor is the validation: the message of its {@link IllegalArgumentException} is shown with the
 * place of the value whose key it names. Problems go to the {@link Problems} given, never out as exceptions; only a
 * record that can't be filled at all (a component of another type, an exception of another kind) is the plugin's fault
 * and is thrown.
 */
final class RecordReader {

    /** What is done with a section. */
    enum Purpose {
        /** Each value that is there is checked; nothing is missing, because this is a part that others complete. */
        CHECK_PART,
        /** All is checked, but no file is opened: the cluster may be one that this program never uses. */
        CHECK,
        /** All is checked, and secrets are fetched from their files. */
        USE
    }

    private static final Pattern BARE_NUMBER = Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?");
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final String DURATION_FORMS =
            "a number and a unit (300ms, 45s, 10m, 2h, 7d), several (1h30m), HH:MM:SS (01:30:00) or D-HH:MM:SS";

    private final Surroundings surroundings;
    private final Purpose purpose;
    private final Problems problems;

    RecordReader(Surroundings surroundings, Purpose purpose, Problems problems) {
        this.surroundings = surroundings;
        this.purpose = purpose;
        this.problems = problems;
    }

    /**
     * The record, or nothing if there was a problem or the purpose is {@link Purpose#CHECK_PART}; no other keys
     * allowed.
     */
    <R extends Record> Optional<R> read(ConfigObject section, Class<R> type, String path) {
        refuseUnknown(section, path, Shape.keys(type), Shape.leaves(type));
        return readAmongOthers(section, type, path);
    }

    /** As {@link #read}, but keys that are not the record's are left to {@link #refuseUnknown}. */
    <R extends Record> Optional<R> readAmongOthers(ConfigObject section, Class<R> type, String path) {
        return Optional.ofNullable(type.cast(record(section, type, path)));
    }

    /** Adds a problem for each key that is not among those known. */
    void refuseUnknown(ConfigObject section, String path, Set<String> known, Collection<Shape.Leaf> leaves) {
        for (String key : new TreeSet<>(section.keySet())) {
            ConfigValue value = section.get(key);
            if (!known.contains(key) && value != null) {
                problems.add(path + "." + key, "unknown key" + meant(key, known, leaves), value.origin());
            }
        }
    }

    // 'memory' written one level too high is more often the case than a slip of the finger.
    private static String meant(String key, Set<String> known, Collection<Shape.Leaf> leaves) {
        List<String> deeper = leaves.stream()
                .map(Shape.Leaf::path)
                .filter(p -> p.endsWith("." + Spelling.kebab(key)))
                .toList();
        return Spelling.nearest(key, known).isEmpty() && deeper.size() == 1
                ? "; did you mean '" + deeper.get(0) + "'?"
                : Spelling.suggestion(key, known);
    }

    private @Nullable Object record(ConfigObject section, Class<?> type, String path) {
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] arguments = new @Nullable Object[components.length];
        boolean complete = true;
        for (int i = 0; i < components.length; i++) {
            arguments[i] = component(section, components[i], path);
            complete &= arguments[i] != null;
        }
        return complete && purpose != Purpose.CHECK_PART ? constructed(section, type, path, arguments) : null;
    }

    private @Nullable Object constructed(
            ConfigObject section, Class<?> type, String path, @Nullable Object[] arguments) {
        RecordComponent[] components = type.getRecordComponents();
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (!(cause instanceof IllegalArgumentException)) {
                throw new PluginException(
                        "the settings record " + type.getName() + " failed with " + cause
                                + " instead of refusing its values by an IllegalArgumentException",
                        List.of(),
                        e);
            }
            refused(section, components, arguments, path, cause.getMessage());
            return null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new PluginException("the settings record " + type.getName() + " can't be filled", List.of(), e);
        }
    }

    private void refused(
            ConfigObject section,
            RecordComponent[] components,
            @Nullable Object[] arguments,
            String path,
            @Nullable String message) {
        String text = message == null || message.isBlank() ? "the values do not fit together" : message;
        ConfigOrigin place = section.origin();
        String named = path;
        int first = Integer.MAX_VALUE;
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            String key = Spelling.kebab(name);
            ConfigValue value = section.get(key);
            var mention = Pattern.compile(
                            "(?<![\\w-])(?:" + Pattern.quote(name) + "|" + Pattern.quote(key) + ")(?![\\w-])")
                    .matcher(text);
            if (value != null && mention.find() && mention.start() < first) {
                first = mention.start();
                place = value.origin();
                named = path + "." + key;
            }
        }
        for (Object argument : arguments) {
            Object content = argument instanceof Optional<?> o && o.isPresent() ? o.get() : argument;
            if (content instanceof Secret secret) {
                text = text.replace(secret.revealText(), Sensitive.MASK);
            }
        }
        problems.add(named, text, place);
    }

    // null: there is no value, and unless the section is a part only, a problem has been added.
    private @Nullable Object component(ConfigObject section, RecordComponent component, String path) {
        String key = Spelling.kebab(component.getName());
        String full = path + "." + key;
        Type type = component.getGenericType();
        ConfigValue value = section.get(key);
        if (value == null || value.valueType() == ConfigValueType.NULL) {
            return absent(section, component, full, value);
        }
        Optional<Type> inner = Shape.argument(type, Optional.class);
        if (inner.isPresent()) {
            // A plugin may have defaults for the keys of a block that only some users write at all.
            boolean onlyDefaults = value instanceof ConfigObject && Places.isDefault(value.origin());
            if (onlyDefaults && purpose != Purpose.CHECK_PART) {
                return Optional.empty();
            }
            Object content = value(value, inner.get(), full);
            return content == null ? null : Optional.of(content);
        }
        if (type == OptionalInt.class) {
            return value(value, int.class, full) instanceof Integer n ? OptionalInt.of(n) : null;
        }
        if (type == OptionalLong.class) {
            return value(value, long.class, full) instanceof Long n ? OptionalLong.of(n) : null;
        }
        if (type == OptionalDouble.class) {
            return value(value, double.class, full) instanceof Double n ? OptionalDouble.of(n) : null;
        }
        return value(value, type, full);
    }

    private @Nullable Object absent(
            ConfigObject section, RecordComponent component, String full, @Nullable ConfigValue asNull) {
        Class<?> raw = component.getType();
        if (raw == Optional.class) {
            return Optional.empty();
        } else if (raw == OptionalInt.class) {
            return OptionalInt.empty();
        } else if (raw == OptionalLong.class) {
            return OptionalLong.empty();
        } else if (raw == OptionalDouble.class) {
            return OptionalDouble.empty();
        } else if (raw == List.class) {
            return List.of();
        } else if (raw == Map.class) {
            return Map.of();
        } else if (raw.isRecord() && Shape.isBlock(raw)) {
            return record(ConfigFactory.empty().root().withOrigin(section.origin()), raw, full);
        }
        if (purpose != Purpose.CHECK_PART) {
            String text = raw == Secret.class
                    ? "required, but not set; if it refers to an environment variable, that one is not set"
                    : "required, but not set";
            problems.add(full, text, asNull == null ? section.origin() : asNull.origin());
        }
        return null;
    }

    private @Nullable Object value(ConfigValue value, Type type, String path) {
        Optional<Type> element = Shape.argument(type, List.class);
        if (element.isPresent()) {
            return list(value, element.get(), path);
        }
        Optional<Type> mapped = Shape.mapped(type);
        if (mapped.isPresent()) {
            return map(value, mapped.get(), path);
        }
        if (!(type instanceof Class<?> plain)) {
            throw new PluginException("settings can't have a value of type " + type + " (" + path + ")");
        }
        if (plain == Secret.class) {
            return secret(value, path);
        }
        if (plain.isRecord() && Shape.isBlock(plain)) {
            if (!(value instanceof ConfigObject section)) {
                problems.add(path, "must be a block { ... }, not " + kind(value), value.origin());
                return null;
            }
            refuseUnknown(section, path, Shape.keys(plain), Shape.leaves(plain));
            return record(section, plain, path);
        }
        return scalar(value, plain, path);
    }

    private @Nullable Object list(ConfigValue value, Type element, String path) {
        if (!(value instanceof ConfigList list)) {
            problems.add(path, "must be a list [ ... ], not " + kind(value), value.origin());
            return null;
        }
        List<Object> result = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Object content = value(list.get(i), element, path + "[" + i + "]");
            if (content != null) {
                result.add(content);
            }
        }
        return result.size() == list.size() ? List.copyOf(result) : null;
    }

    private @Nullable Object map(ConfigValue value, Type type, String path) {
        if (!(value instanceof ConfigObject section)) {
            problems.add(path, "must be a block { ... }, not " + kind(value), value.origin());
            return null;
        }
        Map<String, ConfigValue> entries = new TreeMap<>();
        boolean complete = entries(section, "", type instanceof Class<?> c && !isWrittenAsBlock(c), path, entries);
        Map<String, Object> result = new LinkedHashMap<>();
        for (Map.Entry<String, ConfigValue> entry : entries.entrySet()) {
            Object content = value(entry.getValue(), type, path + "." + entry.getKey());
            complete &= content != null;
            if (content != null) {
                result.put(entry.getKey(), content);
            }
        }
        return complete ? Collections.unmodifiableMap(result) : null;
    }

    private static boolean isWrittenAsBlock(Class<?> type) {
        return (type.isRecord() && Shape.isBlock(type)) || type == Secret.class;
    }

    // HOCON reads  a.b = 1  as  a { b = 1 };  whoever writes it in a map of plain values means a key with a dot.
    private boolean entries(
            ConfigObject section, String prefix, boolean flat, String path, Map<String, ConfigValue> into) {
        boolean complete = true;
        for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
            String key = prefix + entry.getKey();
            ConfigValue value = entry.getValue();
            if (flat && value instanceof ConfigObject deeper) {
                complete &= entries(deeper, key + ".", true, path, into);
            } else if (value.valueType() != ConfigValueType.NULL && into.put(key, value) != null) {
                problems.add(path + "." + key, "is set twice, once quoted and once in parts", value.origin());
                complete = false;
            }
        }
        return complete;
    }

    private @Nullable Object secret(ConfigValue value, String path) {
        ConfigOrigin origin = value.origin();
        try {
            if (value instanceof ConfigObject section) {
                return SecretFile.secret(section, surroundings, purpose == Purpose.USE);
            }
            if (!isText(value)) {
                problems.add(path, "must be a secret, not " + kind(value), origin);
                return null;
            }
            if (!Places.isOutsideFiles(origin)) {
                problems.add(path, SecretFile.refusal(path), origin);
                return null;
            }
            return Secret.of(text(value));
        } catch (IllegalArgumentException e) {
            problems.add(path, String.valueOf(e.getMessage()), origin);
            return null;
        }
    }

    private @Nullable Object scalar(ConfigValue value, Class<?> type, String path) {
        if (!isText(value)) {
            problems.add(path, "must be " + expected(type) + ", not " + kind(value), value.origin());
            return null;
        }
        String text = text(value);
        try {
            return scalar(text, type);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            boolean hidden = Sensitive.looksSo(path) || Places.isSensitive(value.origin());
            problems.add(
                    path, hidden ? "must be " + expected(type) + " (the value is not shown)" : message, value.origin());
            return null;
        }
    }

    private Object scalar(String text, Class<?> type) {
        if (type == String.class) {
            return text;
        } else if (type == int.class || type == Integer.class) {
            return (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == long.class || type == Long.class) {
            return whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (type == double.class || type == Double.class) {
            return number(text).doubleValue();
        } else if (type == boolean.class || type == Boolean.class) {
            return truth(text);
        } else if (type == Duration.class) {
            return duration(text);
        } else if (type == Memory.class) {
            return Memory.parse(text);
        } else if (type == Path.class) {
            return surroundings.path(text);
        } else if (type == RemotePath.class) {
            return new RemotePath(text);
        } else if (type.isEnum()) {
            return constant(text, type);
        }
        throw new PluginException("settings can't have a value of type " + type.getName());
    }

    private static BigDecimal number(String text) {
        try {
            if (text.length() <= 64) {
                return new BigDecimal(text.strip());
            }
        } catch (NumberFormatException e) {
            // Told below, in words.
        }
        throw new IllegalArgumentException("'" + shown(text) + "' is not a number");
    }

    private static long whole(String text, long min, long max) {
        BigDecimal number = number(text);
        try {
            long n = number.longValueExact();
            if (n >= min && n <= max) {
                return n;
            }
        } catch (ArithmeticException e) {
            // A fraction, or too big: the same message. (Typesafe's getInt would cut 8.5 to 8.)
        }
        throw new IllegalArgumentException(
                "'" + shown(text) + "' is not a whole number between " + min + " and " + max);
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default ->
                throw new IllegalArgumentException("'" + shown(text) + "' is not true or false (or yes, no, on, off)");
        };
    }

    private static Duration duration(String text) {
        String stripped = text.strip();
        if (BARE_NUMBER.matcher(stripped).matches()) {
            throw new IllegalArgumentException(
                    "'" + shown(stripped) + "' has no unit: HOCON reads milliseconds, Slurm minutes,"
                            + " PBS and Grid Engine seconds; write " + DURATION_FORMS);
        }
        Duration result = walltimeOrUnits(stripped);
        if (result.isNegative() || result.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("'" + shown(stripped) + "' is out of range; write 0s up to 36500d");
        }
        return result;
    }

    private static Duration walltimeOrUnits(String text) {
        try {
            return Walltime.parse(text);
        } catch (IllegalArgumentException e) {
            if (text.matches("\\d+:\\d+")) {
                throw e;
            }
        }
        try {
            return ConfigValueFactory.fromAnyRef(text).atKey("d").getDuration("d");
        } catch (ConfigException e) {
            throw new IllegalArgumentException("'" + shown(text) + "' is not a duration; write " + DURATION_FORMS, e);
        }
    }

    private static Object constant(String text, Class<?> type) {
        Map<String, Object> constants = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(Spelling.kebab(((Enum<?>) constant).name()), constant);
        }
        Object found = constants.get(text);
        if (found == null) {
            throw new IllegalArgumentException(
                    "'" + shown(text) + "' is none of " + String.join(", ", constants.keySet())
                            + Spelling.nearest(text, constants.keySet())
                                    .map(n -> "; did you mean '" + n + "'?")
                                    .orElse(""));
        }
        return found;
    }

    private static String expected(Class<?> type) {
        if (type == String.class) {
            return "a text";
        } else if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        } else if (type == double.class || type == Double.class) {
            return "a number";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == Duration.class) {
            return "a duration";
        } else if (type == Memory.class) {
            return "an amount of memory";
        } else if (type == Path.class || type == RemotePath.class) {
            return "a path";
        }
        return "one word";
    }

    /** What a value is, in words for a message. */
    static String kind(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "a block { ... }";
            case LIST -> "a list [ ... ]";
            case NULL -> "null";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
        };
    }

    private static boolean isText(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> true;
            case OBJECT, LIST, NULL -> false;
        };
    }

    // As written: 1.10 stays 1.10.
    private static String text(ConfigValue value) {
        Config single = value.atKey("v");
        return single.getString("v");
    }

    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() > 60 ? line.substring(0, 60) + "..." : line;
    }
}

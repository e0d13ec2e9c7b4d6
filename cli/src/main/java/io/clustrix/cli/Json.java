package io.clustrix.cli;

import java.lang.reflect.Array;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Values as JSON (RFC 8259). Only written, never read, so there is no library for it. */
final class Json {
    private Json() {}

    /** A map that keeps the order of its keys: name, value, name, value, ... */
    static Map<String, @Nullable Object> object(@Nullable Object... pairs) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return map;
    }

    /** A list with a line for each of its elements, anything else on one line. */
    static String lines(@Nullable Object value) {
        if (!(value instanceof Iterable<?> list)) {
            return text(value);
        }
        StringBuilder json = new StringBuilder("[");
        String separator = "\n";
        for (Object element : list) {
            json.append(separator).append(text(element));
            separator = ",\n";
        }
        return json.append(json.length() == 1 ? "]" : "\n]").toString();
    }

    /**
     * Maps are objects, lists and arrays are arrays, an absent Optional is null, and what JSON has no word for is a
     * text.
     */
    static String text(@Nullable Object value) {
        StringBuilder json = new StringBuilder();
        append(json, value, 0);
        return json.toString();
    }

    private static void append(StringBuilder json, @Nullable Object value, int depth) {
        if (value == null) {
            json.append("null");
        } else if (value instanceof Boolean || isNumber(value)) {
            json.append(value);
        } else if (value instanceof Optional<?> o) {
            append(json, o.orElse(null), depth);
        } else if (value instanceof OptionalInt o) {
            append(json, o.isPresent() ? o.getAsInt() : null, depth);
        } else if (depth > 100) {
            quote(json, "..."); // it may have itself in it
        } else if (value instanceof Map<?, ?> map) {
            appendMap(json, map, depth);
        } else if (value instanceof Iterable<?> list && !(value instanceof java.nio.file.Path)) {
            String separator = "[";
            for (Object element : list) {
                json.append(separator);
                append(json, element, depth + 1);
                separator = ",";
            }
            json.append(separator.equals("[") ? "[]" : "]");
        } else if (value.getClass().isArray()) {
            json.append('[');
            for (int i = 0; i < Array.getLength(value); i++) {
                json.append(i == 0 ? "" : ",");
                append(json, Array.get(value, i), depth + 1);
            }
            json.append(']');
        } else {
            quote(json, String.valueOf(value));
        }
    }

    private static void appendMap(StringBuilder json, Map<?, ?> map, int depth) {
        String separator = "{";
        for (Map.Entry<?, ?> e : map.entrySet()) {
            json.append(separator);
            quote(json, String.valueOf(e.getKey()));
            json.append(':');
            append(json, e.getValue(), depth + 1);
            separator = ",";
        }
        json.append(separator.equals("{") ? "{}" : "}");
    }

    private static boolean isNumber(Object value) {
        if (value instanceof Double d) {
            return Double.isFinite(d);
        }
        return value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte
                || value instanceof java.math.BigInteger
                || value instanceof java.math.BigDecimal
                || (value instanceof Float f && Float.isFinite(f));
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    // Halves of a character alone can't be written in UTF-8.
                    if (c < ' ' || c == 127 || isLoneSurrogate(text, i)) {
                        String hex = Integer.toHexString(c);
                        json.append("\\u").append("0000", 0, 4 - hex.length()).append(hex);
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }

    private static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}

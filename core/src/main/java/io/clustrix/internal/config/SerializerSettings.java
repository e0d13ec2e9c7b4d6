package io.clustrix.internal.config;

import java.io.ObjectInputFilter;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How values become bytes.
 *
 * @param name the serializer plugin's name
 * @param filter a filter in the pattern syntax of {@link ObjectInputFilter.Config#createFilter}; empty for none
 * @param properties the plugin's own options
 */
public record SerializerSettings(String name, String filter, Map<String, String> properties) {

    /**
     * Checks the name and the filter.
     *
     * @throws IllegalArgumentException if the name is blank or the filter has a wrong pattern
     */
    public SerializerSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name is blank");
        }
        try {
            ObjectInputFilter.Config.createFilter(filter);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("filter is not a pattern of ObjectInputFilter: " + e.getMessage(), e);
        }
        properties = Collections.unmodifiableMap(new TreeMap<>(properties));
    }

    /** Without the values of properties whose names look like secrets. */
    @Override
    public String toString() {
        return "SerializerSettings[name=" + name + ", filter=" + filter + ", properties=" + Sensitive.masked(properties)
                + "]";
    }
}

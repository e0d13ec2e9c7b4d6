package io.clustrix.internal.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a cluster's block may hold besides the keys that every cluster has.
 *
 * @param records settings whose keys stand side by side
 * @param blocks settings that stand in a block of their own, by the block's name
 */
public record SectionShape(List<Class<? extends Record>> records, SortedMap<String, Class<? extends Record>> blocks) {

    /** Copies both. */
    public SectionShape {
        records = List.copyOf(records);
        blocks = Collections.unmodifiableSortedMap(new TreeMap<>(blocks));
    }

    /** The keys of one record. */
    public static SectionShape of(Class<? extends Record> settings) {
        return new SectionShape(List.of(settings), new TreeMap<>());
    }

    /** Whether it has batch clusters' own keys, so that their defaults hold. */
    boolean isBatch() {
        return records.contains(BatchSettings.class);
    }

    /** The keys, those of the blocks as one each. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        records.forEach(r -> keys.addAll(Shape.keys(r)));
        keys.addAll(blocks.keySet());
        return keys;
    }

    /** A key that two of the records have, and the record that came later; empty if there is none. */
    Map<String, Class<?>> clashes() {
        Map<String, Class<?>> clashes = new TreeMap<>();
        Set<String> seen = new LinkedHashSet<>(blocks.keySet());
        for (Class<? extends Record> record : records) {
            for (String key : Shape.keys(record)) {
                if (!seen.add(key)) {
                    clashes.put(key, record);
                }
            }
        }
        return clashes;
    }

    /** All keys, those within blocks too. */
    List<Shape.Leaf> leaves() {
        List<Shape.Leaf> leaves = new ArrayList<>();
        records.forEach(r -> leaves.addAll(Shape.leaves(r)));
        blocks.forEach((name, r) -> Shape.leaves(r)
                .forEach(leaf -> leaves.add(new Shape.Leaf(name + "." + leaf.path(), leaf.structured()))));
        return leaves;
    }

    /** The names of all keys that hold a secret. */
    Set<String> secretKeys() {
        Set<String> keys = new LinkedHashSet<>();
        records.forEach(r -> keys.addAll(Shape.secretKeys(r)));
        blocks.values().forEach(r -> keys.addAll(Shape.secretKeys(r)));
        return keys;
    }

    /**
     * Reads everything for the sake of the problems that it finds; unknown keys of the section itself are not its
     * matter.
     */
    void check(RecordReader reader, Problems problems, ConfigObject section, String path) {
        records.forEach(r -> reader.readAmongOthers(section, r, path));
        blocks.forEach((name, r) -> {
            ConfigValue value = section.get(name);
            if (value instanceof ConfigObject block) {
                reader.read(block, r, path + "." + name);
            } else if (value != null) {
                problems.add(
                        path + "." + name, "must be a block { ... }, not " + RecordReader.kind(value), value.origin());
            }
        });
    }
}

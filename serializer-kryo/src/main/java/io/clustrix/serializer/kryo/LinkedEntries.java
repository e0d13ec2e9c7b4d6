package io.clustrix.serializer.kryo;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@link LinkedHashMap}, which may be in the order of insertion or of access. */
final class LinkedEntries extends Entries {

    @Override
    void writeKind(BufferedSink out, Map<?, ?> map) {
        out.writeBoolean(map.getClass() == LinkedHashMap.class && isByAccess(map));
    }

    /** No method tells; but a clone is of the same kind, and shows it when an entry is looked up. */
    @SuppressWarnings("unchecked")
    private static boolean isByAccess(Map<?, ?> map) {
        LinkedHashMap<Object, Object> probe = (LinkedHashMap<Object, Object>) ((LinkedHashMap<?, ?>) map).clone();
        probe.clear();
        probe.put(0, "");
        probe.put(1, "");
        probe.get(0);
        return probe.keySet().iterator().next().equals(1);
    }

    @Override
    Map<Object, Object> create(BufferedSource in) {
        return in.readBoolean() ? new LinkedHashMap<>(16, 0.75f, true) : new LinkedHashMap<>();
    }
}

package io.clustrix.internal.doctor;

import io.clustrix.internal.doctor.Facts.Change;
import io.clustrix.setup.SettingInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/** The cluster's block, as it fits. */
final class BlockText {
    private final Patient patient;
    private final Facts facts;

    BlockText(Patient patient, Facts facts) {
        this.patient = patient;
        this.facts = facts;
    }

    String text() {
        // Keys are quoted there as HOCON wants it, the cluster's own too.
        String name = patient.cluster().matches("[A-Za-z0-9_-]+")
                ? patient.cluster()
                : "\"" + patient.cluster().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        String prefix = "clustrix.clusters." + name + ".";
        StringBuilder text = new StringBuilder("clustrix.clusters." + name + " {\n");
        Map<String, Change> changes = new LinkedHashMap<>(facts.changes());
        boolean named = false;
        for (SettingInfo setting : patient.settings()) {
            String key = setting.key().startsWith(prefix) ? setting.key().substring(prefix.length()) : setting.key();
            named |= key.equals("executor");
            Change change = changes.remove(key);
            if (change != null) {
                line(text, key, change.value(), "was " + setting.value() + ": " + change.why());
            } else if (setting.value().contains("***")) {
                text.append("  # ").append(key).append(": as it was; it is a secret\n");
            } else {
                line(text, key, setting.value(), "");
            }
        }
        if (!named) {
            line(text, "executor", patient.executor(), "");
        }
        changes.forEach((key, change) -> line(text, key, change.value(), change.why()));
        return text.append("}\n").toString();
    }

    private static void line(StringBuilder text, String key, String value, String why) {
        text.append("  ").append(key).append(" = ").append(value);
        text.append(why.isEmpty() ? "\n" : "  # " + why.replace('\n', ' ') + "\n");
    }
}

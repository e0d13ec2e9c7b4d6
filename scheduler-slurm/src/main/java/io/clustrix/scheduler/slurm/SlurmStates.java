package io.clustrix.scheduler.slurm;

import io.clustrix.spi.JobState;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All of Slurm's job states, by their names and their compact codes (requirement R4). Source: "JOB STATE CODES" of the
 * manual pages of squeue and sacct, from 20.02 to 25.05.
 */
final class SlurmStates {
    private static final Map<String, JobState> STATES = states();

    /** What sacct adds ("CANCELLED by 1001") or leaves of a long word ("CANCELLED+") is not part of the state. */
    private static final Pattern WORD = Pattern.compile("([A-Z][A-Z_]*)\\b.*");

    private SlurmStates() {}

    private static Map<String, JobState> states() {
        Map<String, JobState> all = new HashMap<>();
        put(all, JobState.PENDING, "PENDING", "PD", "CONFIGURING", "CF", "REQUEUED", "RQ", "REQUEUE_FED", "RF");
        put(all, JobState.PENDING, "REQUEUE_HOLD", "RH", "RESV_DEL_HOLD", "RD", "SPECIAL_EXIT", "SE");
        put(all, JobState.PENDING, "POWER_UP_NODE", "EXPEDITING");
        put(all, JobState.RUNNING, "RUNNING", "R", "COMPLETING", "CG", "SUSPENDED", "S", "STOPPED", "ST");
        put(all, JobState.RUNNING, "RESIZING", "RS", "SIGNALING", "SI", "STAGE_OUT", "SO");
        put(all, JobState.SUCCEEDED, "COMPLETED", "CD");
        put(all, JobState.FAILED, "FAILED", "F", "LAUNCH_FAILED");
        put(all, JobState.CANCELLED, "CANCELLED", "CA");
        put(all, JobState.TIMED_OUT, "TIMEOUT", "TO", "DEADLINE", "DL");
        put(all, JobState.OUT_OF_MEMORY, "OUT_OF_MEMORY", "OOM");
        put(all, JobState.NODE_FAILED, "NODE_FAIL", "NF", "BOOT_FAIL", "BF", "RECONFIG_FAIL");
        put(all, JobState.PREEMPTED, "PREEMPTED", "PR");
        // A federation took the job away from this cluster because another one has started it: it is alive, elsewhere.
        put(all, JobState.UNKNOWN, "REVOKED", "RV");
        // Only says that the accounting is behind.
        put(all, JobState.UNKNOWN, "UPDATE_DB");
        return Map.copyOf(all);
    }

    private static void put(Map<String, JobState> all, JobState state, String... words) {
        for (String word : words) {
            all.put(word, state);
        }
    }

    /** The state's word without what is added to it; empty if the text is nothing like a state. */
    static Optional<String> word(String text) {
        Matcher m = WORD.matcher(text);
        return m.matches() ? Optional.of(m.group(1)) : Optional.empty();
    }

    /** What a state's word means; {@link JobState#UNKNOWN} if nobody has told us (requirement R38). */
    static JobState of(String word) {
        return STATES.getOrDefault(word, JobState.UNKNOWN);
    }

    /** Whether the word is one of Slurm's. */
    static boolean known(String word) {
        return STATES.containsKey(word);
    }
}

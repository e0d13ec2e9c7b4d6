package io.clustrix.testkit.trial;

/** What can be wrong with an executor. */
public enum Flaw {
    NONE,
    LOSES_A_RESULT,
    TELLS_TWICE,
    ENDS_TOO_EARLY,
    MIXES_RESULTS,
    RUNS_TWICE,
    SWALLOWS_TYPES,
    CLAIMS_TO_SUCCEED,
    IGNORES_CANCEL,
    CLAIMS_CANCEL,
    CLAIMS_OUTPUT,
    CLAIMS_REATTACH,
    CLAIMS_ISOLATION,
    CLAIMS_WALLTIME,
    CLAIMS_MEMORY,
    LEAVES_A_THREAD,
    LEAVES_A_PROCESS,
    TAKES_AFTER_CLOSE
}

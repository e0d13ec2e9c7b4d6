package io.clustrix.spi;

/** Who can mend a failure. */
public enum Fault {
    /** The author of the task: its code threw, or captured what can't be shipped. */
    USER,
    /** Whoever wrote the configuration, an annotation or an option. */
    CONFIGURATION,
    /** The administrators of the cluster or machine, or time: a node failed, a quota is full, a worker was killed. */
    SITE,
    /** The connection; trying again usually helps. */
    NETWORK,
    /** The authors of Clustrix or of a plugin. */
    BUG
}

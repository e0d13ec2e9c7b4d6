package io.clustrix.report;

/** How a report is written. */
public enum ReportFormat {
    /** One file of HTML with its figures in it; needs no network and no script. */
    HTML,
    /** All of it as JSON, its keys always in the same order. */
    JSON,
    /** The most important as a few lines. */
    TEXT
}

package io.clustrix.report;

/** Where the time of a chunk goes, in order. */
public enum Stage {
    /** From the call, or the decision to try again, until the scheduler has taken it: files are sent, Java is found. */
    PREPARING("preparing", "from the call until the scheduler had it"),
    /** From then until the worker began, with the start of its environment and its Java. */
    QUEUED("queued", "until its worker began"),
    /** As long as the worker lived. */
    RUNNING("running", "as long as its worker lived"),
    /** From its end until its results were here. */
    RETURNING("returning", "from its end until its results were here");

    private final String word;
    private final String meaning;

    Stage(String word, String meaning) {
        this.word = word;
        this.meaning = meaning;
    }

    String word() {
        return word;
    }

    String meaning() {
        return meaning;
    }
}

package io.clustrix.testkit.fake;

/** Ends the work on a call with an answer. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exit;
    private final String err;

    Refusal(int exit, String... lines) {
        super(String.join("; ", lines), null, false, false);
        this.exit = exit;
        this.err = Reply.lines(lines);
    }

    Reply reply() {
        return new Reply(exit, "", err);
    }
}

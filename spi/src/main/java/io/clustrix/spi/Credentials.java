package io.clustrix.spi;

import java.util.Optional;

/**
 * Answers what a log-in asks: a password, the passphrase of a key, a one-time code. An application gives its own;
 * without one nobody is asked and such a log-in fails with a message that says what was asked for.
 */
@FunctionalInterface
public interface Credentials {
    /**
     * The answer, or empty to give up this way of logging in. May wait for a person; is called on a thread of the host,
     * for one host by one thread at a time.
     */
    Optional<Secret> answer(Question question);

    /**
     * What is asked.
     *
     * @param kind what kind of answer is wanted
     * @param user as whom
     * @param host by whom, as the person knows it: the answer is for this host and user only
     * @param text the question in words a person can be shown, for instance {@code Passphrase of
     *     /home/anna/.ssh/id_rsa}
     * @param attempt 1 for the first time, 2 if the answer before was wrong
     */
    record Question(Kind kind, String user, String host, String text, int attempt) {}

    /** What kind of answer is wanted. */
    enum Kind {
        /** The user's password on the host. */
        PASSWORD,
        /** The passphrase of a private key. */
        PASSPHRASE,
        /** What the host asks in its own words: a one-time code, often. */
        PROMPT
    }
}

package io.clustrix.host.ssh;

import io.clustrix.spi.Credentials;
import io.clustrix.spi.Credentials.Kind;
import io.clustrix.spi.Credentials.Question;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a host has been told to log in with, kept in memory as long as it lives, so that a reconnection asks nobody
 * again (requirement R44). Used by one log-in at a time.
 */
final class Vault {
    private static final Logger LOG = LoggerFactory.getLogger(Vault.class);
    private static final int PASSPHRASE_ATTEMPTS = 3;

    private final Credentials credentials;
    private final Duration patience;
    private final String threadName;
    private final Map<Path, KeyPair> keys = new HashMap<>();
    private final Map<String, Secret> passwords = new HashMap<>();
    private final Map<String, Integer> refused = new HashMap<>();

    /**
     * For one destination.
     *
     * @param patience how long an answer may take
     * @param threadName of the thread that asks
     */
    Vault(Credentials credentials, Duration patience, String threadName) {
        this.credentials = credentials;
        this.patience = patience;
        this.threadName = threadName;
    }

    /** A question to which the application gave no answer, not even that it has none. */
    static final class NoAnswerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoAnswerException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The key, decrypted; empty if nobody knew the passphrase. */
    Optional<KeyPair> key(Path path, Hop hop) throws IOException {
        KeyPair known = keys.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        KeyFile file = new KeyFile(path);
        Optional<KeyPair> result =
                file.isEncrypted() ? decrypted(file, path, hop) : Optional.of(file.load(new char[0]));
        result.ifPresent(k -> keys.put(path, k));
        return result;
    }

    private Optional<KeyPair> decrypted(KeyFile file, Path path, Hop hop) {
        for (int attempt = 1; attempt <= PASSPHRASE_ATTEMPTS; attempt++) {
            Optional<Secret> passphrase = ask(Kind.PASSPHRASE, hop, "Passphrase of " + path, attempt);
            if (passphrase.isEmpty()) {
                return Optional.empty();
            }
            char[] content = passphrase.get().reveal();
            try {
                return Optional.of(file.load(content));
            } catch (IOException e) {
                LOG.debug("{} does not open with the passphrase given", path);
            } finally {
                Arrays.fill(content, '\0');
            }
        }
        return Optional.empty();
    }

    Optional<Secret> password(Hop hop) {
        Secret known = passwords.get(hop.account());
        if (known != null) {
            return Optional.of(known);
        }
        int attempt = refused.getOrDefault(hop.account(), 0) + 1;
        return ask(Kind.PASSWORD, hop, "Password of " + hop.user() + " on " + hop.place(), attempt);
    }

    /** An answer that came when the connection had ended: the next one is not to ask again. */
    void passwordUnsent(Hop hop, Secret password) {
        passwords.put(hop.account(), password);
    }

    void passwordAccepted(Hop hop, Secret password) {
        passwords.put(hop.account(), password);
    }

    void passwordRefused(Hop hop) {
        passwords.remove(hop.account());
        refused.merge(hop.account(), 1, Integer::sum);
    }

    Optional<Secret> prompt(Hop hop, String text, int attempt) {
        return ask(Kind.PROMPT, hop, text, attempt);
    }

    // On a thread of its own: the application may never answer, and what it throws is its own.
    private Optional<Secret> ask(Kind kind, Hop hop, String text, int attempt) {
        Question question = new Question(kind, hop.user(), hop.host(), text, attempt);
        FutureTask<Optional<Secret>> asking = new FutureTask<>(() -> credentials.answer(question));
        Thread thread = new Thread(asking, threadName);
        thread.setDaemon(true);
        thread.start();
        try {
            // An application may be written without null checks.
            return Objects.requireNonNullElse(
                    asking.get(patience.toMillis(), TimeUnit.MILLISECONDS), Optional.<Secret>empty());
        } catch (ExecutionException e) {
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            throw new NoAnswerException(
                    "'" + text + "' was asked for, and the application's Credentials threw " + thrown, thrown);
        } catch (TimeoutException e) {
            throw new NoAnswerException(
                    "'" + text + "' was asked for, and not answered within " + Words.of(patience), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswerException("'" + text + "' was asked for, and nobody waits for the answer any more", e);
        } finally {
            asking.cancel(true);
        }
    }
}

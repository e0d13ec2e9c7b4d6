package io.clustrix.host.ssh;

import io.clustrix.spi.Credentials;
import io.clustrix.spi.Credentials.Kind;
import io.clustrix.spi.Credentials.Question;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
    private final Map<Path, KeyPair> keys = new HashMap<>();
    private final Map<String, Secret> passwords = new HashMap<>();
    private final Map<String, Integer> refused = new HashMap<>();

    Vault(Credentials credentials) {
        this.credentials = credentials;
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

    private Optional<Secret> ask(Kind kind, Hop hop, String text, int attempt) {
        return credentials.answer(new Question(kind, hop.user(), hop.host(), text, attempt));
    }
}

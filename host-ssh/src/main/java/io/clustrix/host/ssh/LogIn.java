package io.clustrix.host.ssh;

import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.Service;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.Message;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.common.SSHPacket;
import net.schmizz.sshj.transport.TransportException;
import net.schmizz.sshj.userauth.UserAuthException;
import net.schmizz.sshj.userauth.method.AbstractAuthMethod;
import net.schmizz.sshj.userauth.method.AuthMethod;
import net.schmizz.sshj.userauth.method.AuthNone;
import net.schmizz.sshj.userauth.method.AuthPassword;
import net.schmizz.sshj.userauth.password.PasswordFinder;
import net.schmizz.sshj.userauth.password.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One log-in: the agent's keys, key files, the password, then what the host itself asks. Whatever needs a person, an
 * agent or arithmetic is done on the calling thread; sshj would do it on the connection's reading thread and lose
 * patience meanwhile.
 */
final class LogIn {
    private static final Logger LOG = LoggerFactory.getLogger(LogIn.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOST_ROUNDS = 10;
    private static final Pattern ASKS_PASSWORD = Pattern.compile("(?i)password|passwort|mot de passe");
    /** "One-time password", "New password" and the like: another secret, or no log-in. */
    private static final Pattern ASKS_OTHER = Pattern.compile(
            "(?i)one.?time|\\botp\\b|\\boath\\b|token|code|einmal|unique|\\bnew\\b|retype|again|current|second|\\b2nd\\b");
    /** Servers before OpenSSH 7.2 know RSA with SHA-1 only. */
    private static final Pattern OLD_SERVER = Pattern.compile("OpenSSH_([1-6]\\.|7\\.[01]).*");

    private final SSHClient client;
    private final Hop hop;
    private final Optional<Secret> password;
    private final Vault vault;
    private final List<String> tried = new ArrayList<>();
    private boolean secretSent;
    private boolean passwordSent;
    private boolean passwordDeclined;
    private @Nullable Secret passwordAnswered; // by keyboard-interactive, and not yet known to be right

    LogIn(SSHClient client, Hop hop, Optional<Secret> password, Vault vault) {
        this.client = client;
        this.hop = hop;
        this.password = password;
        this.vault = vault;
    }

    /**
     * Logs in.
     *
     * @return how
     * @throws RefusedException if the host does not let this user in
     * @throws IOException if the link broke
     */
    String run() throws IOException, RefusedException {
        try {
            if (attempt(new AuthNone())) {
                return "nothing at all";
            }
            Optional<String> how = keys().or(this::byPassword).or(this::byQuestions);
            if (how.isPresent()) {
                return how.get();
            }
        } catch (Vault.NoAnswerException e) {
            tried.add(String.valueOf(e.getMessage()));
            throw refused(e.getCause());
        } catch (Broken e) {
            // A server may end the connection as its way to say no.
            boolean tooMany = String.valueOf(e.problem.getMessage()).contains("Too many authentication failures");
            if (tooMany) {
                tried.add("... and the host had enough: too many keys were offered before the right one; name it with"
                        + " identity, and set IdentitiesOnly yes in the SSH config file");
            }
            if (tooMany || secretSent) {
                throw refused(e.problem);
            }
            throw e.problem;
        }
        throw refused(null);
    }

    private RefusedException refused(@Nullable Throwable cause) {
        return new RefusedException(tried, String.join(", ", allowed()), cause);
    }

    /** The host does not let the user in. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient List<String> tried;
        private final String allowed;

        RefusedException(List<String> tried, String allowed, @Nullable Throwable cause) {
            super("the log-in is refused", cause);
            this.tried = List.copyOf(tried);
            this.allowed = allowed;
        }

        /** As users are told. */
        HostException toHostException(Hop hop, int failures, int most) {
            List<String> hints = new ArrayList<>();
            hints.add("check user, identity, password and agent in the cluster's ssh block, and try: ssh"
                    + (hop.port() == 22 ? "" : " -p " + hop.port()) + " -v " + hop.user() + "@" + hop.alias());
            hints.add(
                    failures < most
                            ? "this is refused log-in " + failures + " of " + most
                                    + "; after that no more are tried, lest the account be locked"
                            : "no more log-ins are tried until the program is restarted, lest the account be locked");
            String what = tried.isEmpty()
                    ? "there was nothing to try: no key, no agent, no password"
                    : "tried: " + String.join("; ", tried);
            return new HostException(
                    Fault.USER,
                    false,
                    hop.account() + " is refused the log-in. " + what
                            + (allowed.isEmpty() ? "" : ". The host allows: " + allowed),
                    hints,
                    getCause());
        }
    }

    // Carries a broken link through the lambdas above.
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final SSHException problem;

        Broken(SSHException problem) {
            super(problem);
            this.problem = problem;
        }
    }

    private Collection<String> allowed() {
        return client.getUserAuth().getAllowedMethods();
    }

    private boolean attempt(AuthMethod method) throws UserAuthException {
        method.setLoggerFactory(new SilentLogs());
        try {
            return client.getUserAuth()
                    .authenticate(hop.user(), (Service) client.getConnection(), method, (int) PATIENCE.toMillis());
        } catch (UserAuthException e) {
            if (e instanceof KeyAccepted || e instanceof Challenge || e instanceof GivenUp) {
                throw e;
            }
            throw new Broken(e);
        } catch (TransportException e) {
            throw new Broken(e);
        }
    }

    // --- keys ---

    private Optional<String> keys() {
        List<Identity> identities = identities();
        for (Identity identity : identities) {
            if (!allowed().contains("publickey")) {
                break;
            }
            for (String algorithm : algorithms(identity)) {
                String outcome = offer(identity, algorithm);
                if (outcome.isEmpty()) {
                    return Optional.of(identity.name());
                }
                tried.add(identity.name() + " (" + algorithm + "): " + outcome);
            }
        }
        return Optional.empty();
    }

    // Empty if we are in, else why not.
    private String offer(Identity identity, String algorithm) {
        try {
            boolean in = attempt(new Offer(identity, algorithm, false));
            return in ? "" : "refused";
        } catch (KeyAccepted e) {
            try {
                return attempt(new Offer(identity, algorithm, true)) ? "" : partial();
            } catch (GivenUp refusal) {
                return String.valueOf(refusal.getMessage());
            } catch (UserAuthException other) {
                return "refused";
            }
        } catch (UserAuthException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String partial() {
        return client.getUserAuth().hadPartialSuccess() ? "accepted, but more is needed" : "refused";
    }

    private List<Identity> identities() {
        List<Identity> agentKeys = hop.agent().map(this::agentKeys).orElse(List.of());
        List<Identity> fromAgent = new ArrayList<>();
        List<Identity> fromFiles = new ArrayList<>();
        for (Path path : hop.identities()) {
            KeyFile file = new KeyFile(path);
            try {
                Optional<byte[]> half = file.publicKey();
                Optional<Identity> same = agentKeys.stream()
                        .filter(k -> half.isPresent() && Arrays.equals(k.publicKey(), half.get()))
                        .findFirst();
                same.ifPresent(fromAgent::add);
                if (same.isEmpty() && file.isComplete()) {
                    fileKey(path, half).ifPresent(fromFiles::add);
                }
            } catch (IOException e) {
                tried.add("key file " + path + ": " + Words.of(e));
            }
        }
        if (!hop.identitiesOnly()) {
            agentKeys.stream().filter(k -> !fromAgent.contains(k)).forEach(fromAgent::add);
        }
        fromAgent.addAll(fromFiles);
        return fromAgent;
    }

    private List<Identity> agentKeys(Path socket) {
        try {
            return new Agent(socket).identities();
        } catch (IOException e) {
            tried.add("the agent at " + socket + ": " + Words.of(e));
            return List.of();
        }
    }

    private Optional<Identity> fileKey(Path path, Optional<byte[]> half) throws IOException {
        if (half.isPresent()) {
            return Optional.of(new FileIdentity(path, half.get()));
        }
        // An old PEM file without its public half: nothing to offer before it is open.
        Optional<KeyPair> key = vault.key(path, hop);
        if (key.isEmpty()) {
            tried.add("key file " + path + ": its passphrase is not known");
        }
        return key.map(k -> new FileIdentity(
                path, new Buffer.PlainBuffer().putPublicKey(k.getPublic()).getCompactData()));
    }

    private final class FileIdentity implements Identity {
        private final Path path;
        private final byte[] half;

        FileIdentity(Path path, byte[] half) {
            this.path = path;
            this.half = half;
        }

        @Override
        public String name() {
            return "key file " + path;
        }

        @Override
        public byte[] publicKey() {
            return half.clone();
        }

        @Override
        public byte[] sign(byte[] data, String algorithm) throws IOException {
            KeyPair key = vault.key(path, hop)
                    .orElseThrow(() -> new IOException("the host would take it, but its passphrase is not known"));
            return KeyFile.sign(key, data, algorithm);
        }
    }

    private List<String> algorithms(Identity identity) {
        String type = KnownHosts.type(identity.publicKey());
        boolean old = OLD_SERVER
                .matcher(
                        String.valueOf(client.getTransport().getServerVersion()).replaceFirst("^2\\.0-", ""))
                .matches();
        if (type.equals("ssh-rsa")) {
            return old ? List.of("ssh-rsa") : List.of("rsa-sha2-512");
        }
        if (type.equals("ssh-rsa-cert-v01@openssh.com") && !old) {
            return List.of("rsa-sha2-512-cert-v01@openssh.com");
        }
        return List.of(type);
    }

    /** The host would let the key's owner in. */
    private static final class KeyAccepted extends UserAuthException {
        private static final long serialVersionUID = 1L;

        KeyAccepted() {
            super("accepted");
        }
    }

    /** This way is not gone to its end. */
    private static final class GivenUp extends UserAuthException {
        private static final long serialVersionUID = 1L;

        GivenUp(String why, @Nullable Throwable cause) {
            super(why, cause);
        }
    }

    private static final class Offer extends AbstractAuthMethod {
        private final Identity identity;
        private final String algorithm;
        private final boolean signed;

        Offer(Identity identity, String algorithm, boolean signed) {
            super("publickey");
            this.identity = identity;
            this.algorithm = algorithm;
            this.signed = signed;
        }

        @Override
        protected SSHPacket buildReq() throws UserAuthException {
            SSHPacket request =
                    super.buildReq().putBoolean(signed).putString(algorithm).putString(identity.publicKey());
            if (signed) {
                byte[] data = new Buffer.PlainBuffer()
                        .putString(params.getTransport().getSessionID())
                        .putBuffer(request)
                        .getCompactData();
                try {
                    request.putString(identity.sign(data, algorithm));
                } catch (IOException e) {
                    throw new GivenUp(Words.of(e), e);
                }
            }
            return request;
        }

        @Override
        public void handle(Message message, SSHPacket packet) throws UserAuthException, TransportException {
            if (message == Message.USERAUTH_60 && !signed) {
                throw new KeyAccepted();
            }
            super.handle(message, packet);
        }
    }

    // --- passwords ---

    private Optional<String> byPassword() {
        if (!allowed().contains("password")) {
            return Optional.empty();
        }
        Optional<Secret> secret = password.or(() -> vault.password(hop));
        if (secret.isEmpty()) {
            passwordDeclined = true;
            tried.add("password: none is set, and nobody gave one");
            return Optional.empty();
        }
        if (!client.isConnected()) {
            // The person took longer than the host waits (LoginGraceTime).
            vault.passwordUnsent(hop, secret.get());
            throw new Broken(new TransportException("the host did not wait for the password"));
        }
        secretSent = true;
        passwordSent = true;
        try {
            if (attempt(new Password(secret.get()))) {
                vault.passwordAccepted(hop, secret.get());
                return Optional.of("password");
            }
            tried.add("password: " + partial());
        } catch (UserAuthException e) {
            tried.add("password: " + e.getMessage());
        }
        if (!client.getUserAuth().hadPartialSuccess()) {
            vault.passwordRefused(hop);
        }
        return Optional.empty();
    }

    private static final class Password extends AuthPassword {
        Password(Secret secret) {
            super(new PasswordFinder() {
                @Override
                public char[] reqPassword(Resource<?> resource) {
                    return secret.reveal();
                }

                @Override
                public boolean shouldRetry(Resource<?> resource) {
                    return false;
                }
            });
        }

        @Override
        public void handle(Message message, SSHPacket packet) throws UserAuthException, TransportException {
            if (message == Message.USERAUTH_60) {
                throw new GivenUp("it has expired; log in with ssh and change it", null);
            }
            super.handle(message, packet);
        }
    }

    // --- the host's own questions ---

    private Optional<String> byQuestions() {
        String method = "keyboard-interactive";
        if (!allowed().contains(method)) {
            return Optional.empty();
        }
        @Nullable List<Secret> answers = null;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            try {
                if (attempt(new Interactive(answers))) {
                    Optional.ofNullable(passwordAnswered).ifPresent(p -> vault.passwordAccepted(hop, p));
                    return Optional.of(method);
                }
                if (passwordAnswered != null && !client.getUserAuth().hadPartialSuccess()) {
                    vault.passwordRefused(hop);
                }
                tried.add(method + ": " + (answers == null ? "refused" : "the answers were refused"));
                return Optional.empty();
            } catch (Challenge challenge) {
                Optional<List<Secret>> given = answers(challenge);
                if (given.isEmpty()) {
                    return Optional.empty();
                }
                answers = given.get();
            } catch (UserAuthException e) {
                tried.add(method + ": " + e.getMessage());
                return Optional.empty();
            }
        }
        tried.add(method + ": the host never stops asking");
        return Optional.empty();
    }

    private Optional<List<Secret>> answers(Challenge challenge) {
        List<Secret> result = new ArrayList<>();
        for (String prompt : challenge.prompts) {
            boolean passwordWanted = challenge.prompts.size() == 1 && asksPassword(challenge.instruction, prompt);
            if (passwordWanted && passwordSent && !client.getUserAuth().hadPartialSuccess()) {
                // The same wrong password by another way would be a second failure in the site's books.
                tried.add("keyboard-interactive: asks for the password that was just refused");
                return Optional.empty();
            }
            Optional<Secret> answer =
                    passwordWanted && !passwordSent ? passwordFor(challenge, prompt) : inWords(challenge, prompt);
            if (answer.isEmpty()) {
                tried.add("keyboard-interactive: nobody answered '" + prompt.strip() + "'");
                return Optional.empty();
            }
            if (!client.isConnected()) {
                tried.add("keyboard-interactive: the host did not wait for the answer to '" + prompt.strip() + "'");
                return Optional.empty();
            }
            if (passwordWanted && !passwordSent) {
                passwordSent = true;
                passwordAnswered = answer.get();
            }
            secretSent = true;
            result.add(answer.get());
        }
        LOG.debug("{} asked {} question(s)", hop.place(), result.size());
        return Optional.of(result);
    }

    /** Whether the user's password is meant, and not a code or a new password. */
    static boolean asksPassword(String instruction, String prompt) {
        return ASKS_PASSWORD.matcher(prompt).find()
                && !ASKS_OTHER.matcher(instruction + " " + prompt).find();
    }

    // Many hosts ask for the password in this way only.
    private Optional<Secret> passwordFor(Challenge challenge, String prompt) {
        if (password.isPresent()) {
            return password;
        }
        Optional<Secret> known = passwordDeclined ? Optional.empty() : vault.password(hop);
        return known.or(() -> inWords(challenge, prompt));
    }

    private Optional<Secret> inWords(Challenge challenge, String prompt) {
        return vault.prompt(hop, (challenge.instruction + " " + prompt).strip(), 1);
    }

    /** What the host asks. */
    private static final class Challenge extends UserAuthException {
        private static final long serialVersionUID = 1L;
        private final String instruction;
        private final transient List<String> prompts;

        Challenge(String instruction, List<String> prompts) {
            super("the host asks");
            this.instruction = instruction;
            this.prompts = prompts;
        }
    }

    private static final class Interactive extends AbstractAuthMethod {
        private final @Nullable List<Secret> answers;

        /** With the answers to the host's last questions, or null to begin. */
        Interactive(@Nullable List<Secret> answers) {
            super("keyboard-interactive");
            this.answers = answers;
        }

        @Override
        protected SSHPacket buildReq() throws UserAuthException {
            if (answers == null) {
                return super.buildReq().putString("").putString("");
            }
            SSHPacket response = new SSHPacket(Message.USERAUTH_INFO_RESPONSE).putUInt32(answers.size());
            answers.forEach(a -> response.putSensitiveString(a.reveal()));
            return response;
        }

        @Override
        public void handle(Message message, SSHPacket packet) throws UserAuthException, TransportException {
            if (message != Message.USERAUTH_60) {
                super.handle(message, packet);
                return;
            }
            try {
                String instruction = (packet.readString() + " " + packet.readString()).strip();
                packet.readString();
                int count = packet.readUInt32AsInt();
                List<String> prompts = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    prompts.add(packet.readString());
                    packet.readBoolean();
                }
                throw new Challenge(instruction, prompts);
            } catch (Buffer.BufferException e) {
                throw new UserAuthException(e);
            }
        }
    }
}

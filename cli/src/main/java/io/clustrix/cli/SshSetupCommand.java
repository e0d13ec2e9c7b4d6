package io.clustrix.cli;

import io.clustrix.host.ssh.SshSetup;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Logs in by any way there is, asks for a password if it must, puts the public half of the key into",
            "~/.ssh/authorized_keys of the host, and tries it. A key that is let in already changes nothing."
        })
final class SshSetupCommand extends Subcommand {
    @Parameters(paramLabel = "HOST", description = "As under 'host' in a cluster's block: [USER@]NAME[:PORT].")
    String host = "";

    @Option(names = "--user", paramLabel = "NAME", description = "Another user than that of the SSH config file.")
    @Nullable
    String user;

    @Option(names = "--port", paramLabel = "N", description = "Another port than that of the SSH config file.")
    @Nullable
    Integer port;

    @Option(names = "--jump", paramLabel = "HOSTS", description = "Other jump hosts than those of the SSH config file.")
    @Nullable
    String jump;

    @Option(names = "--key", paramLabel = "FILE", description = "The private key; without it ~/.ssh/id_ed25519.")
    @Nullable
    Path key;

    @Option(names = "--make-key", description = "Make the key if it is missing, without a passphrase.")
    boolean makeKey;

    @Option(names = "--ssh-config", paramLabel = "FILE", description = "Another file than ~/.ssh/config.")
    @Nullable
    Path sshConfig;

    @Option(
            names = "--known-hosts",
            paramLabel = "FILE",
            description = "Another file than those of the SSH config file. May be repeated.")
    List<Path> knownHosts = new ArrayList<>();

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Read the password from this file instead of asking for it.")
    @Nullable
    Path passwordFile;

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws InterruptedException {
        SshSetup.Outcome outcome = setup().run();
        if (json.wanted) {
            console()
                    .line(Json.text(Json.object(
                            "host",
                            host,
                            "key",
                            outcome.key().toString(),
                            "made",
                            outcome.made(),
                            "added",
                            outcome.added())));
            return ExitCode.DONE;
        }
        if (outcome.made()) {
            console().line("made " + outcome.key());
        }
        console()
                .line(host + " lets you in by " + outcome.key()
                        + (outcome.added() ? " now" : outcome.made() ? "" : ", as it did before; nothing was changed"));
        return ExitCode.DONE;
    }

    private SshSetup setup() {
        SshSetup setup = SshSetup.of(host).credentials(credentials());
        if (user != null) {
            setup.user(user);
        }
        if (port != null) {
            if (port < 1 || port > 65_535) {
                throw CommandException.badInput("--port: " + port + " is no port; write a number from 1 to 65535");
            }
            setup.port(port);
        }
        if (jump != null) {
            setup.jump(jump);
        }
        if (key != null) {
            setup.key(key);
        }
        if (makeKey) {
            setup.makeMissingKey();
        }
        if (sshConfig != null) {
            setup.configFile(sshConfig);
        }
        return knownHosts.isEmpty()
                ? setup
                : setup.knownHosts(knownHosts.stream().map(Path::toAbsolutePath).toList());
    }

    private Credentials credentials() {
        Path file = passwordFile;
        if (file == null) {
            return question -> asked(question.text());
        }
        String text;
        try {
            text = Files.readString(file).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw CommandException.badInput(
                    "--password-file: " + file + " can't be read: " + e + "; name a file of UTF-8 text");
        }
        if (text.isEmpty()) {
            throw CommandException.badInput("--password-file: " + file + " is empty; its first line is the password");
        }
        // Once: a password that was refused is not tried again.
        return question -> question.kind() == Credentials.Kind.PASSPHRASE || question.attempt() > 1
                ? Optional.<Secret>empty()
                : Optional.of(Secret.of(text));
    }

    /** Only a person at a terminal can be asked; newer JVMs have a console without one, and older ones then none. */
    private Optional<Secret> asked(String question) {
        if (!console().isTerminal()) {
            return Optional.empty();
        }
        return Optional.ofNullable(System.console())
                .map(terminal -> terminal.readPassword("%s: ", question))
                .filter(answer -> answer.length > 0)
                .map(answer -> Secret.of(new String(answer)));
    }
}

package io.clustrix.internal.staging;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A POSIX shell script for a host. What varies is given to it as arguments or on its standard input, and is never part
 * of its text, so no name can become a command (requirement R41).
 *
 * @param name names it in messages, as the script's {@code $0}
 * @param text the script
 */
public record RemoteScript(String name, String text) {

    /**
     * A script that lies beside a class.
     *
     * @param resource its file name, {@code NAME.sh}; the script is called {@code clustrix-NAME}
     */
    public static RemoteScript of(Class<?> owner, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no " + resource + " beside " + owner.getName());
            }
            String name = resource.replaceFirst("\\.sh$", "");
            return new RemoteScript("clustrix-" + name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs it with these arguments, in the locale C, so that what tools print can be read, and their order is plain.
     */
    public Command command(Duration timeout, String... arguments) {
        return command(timeout, List.of(arguments));
    }

    /**
     * Runs it with these arguments, in the locale C, so that what tools print can be read, and their order is plain.
     */
    public Command command(Duration timeout, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of("env", "LC_ALL=C", "sh", "-c", text, name));
        words.addAll(arguments);
        return Command.of(words).withTimeout(timeout);
    }

    /** The same as {@link CommandResult#summary()} with the script's name in place of its text. */
    public String summary(CommandResult result) {
        List<String> words = result.command().words();
        words = words.subList(words.indexOf(text) + 1, words.size());
        return new CommandResult(
                        Command.of(words), result.exit(), result.out(), result.err(), result.truncated(), result.took())
                .summary();
    }
}

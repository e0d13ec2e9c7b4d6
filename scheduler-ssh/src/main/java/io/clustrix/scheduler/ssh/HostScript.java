package io.clustrix.scheduler.ssh;

import io.clustrix.spi.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The text that runs on the host, {@code host.sh} of this package. Each command brings it along, so that nothing has to
 * be installed there and no two versions can meet.
 */
final class HostScript {
    private final String text;

    private HostScript(String text) {
        this.text = text;
    }

    static HostScript load() {
        try (InputStream in = HostScript.class.getResourceAsStream("host.sh")) {
            if (in == null) {
                throw new IllegalStateException("host.sh is missing beside " + HostScript.class);
            }
            String whole = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            // It travels with every command: without indentation and comments it is a quarter shorter.
            return new HostScript(whole.lines()
                    .map(String::strip)
                    .filter(l -> !l.isEmpty() && !l.startsWith("#"))
                    .collect(Collectors.joining("\n")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A command that does one of the things the script can do. The text is its own first argument, so it can be kept.
     */
    Command command(String mode, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "eval \"$0\"", text, mode));
        words.addAll(arguments);
        return Command.of(words);
    }
}

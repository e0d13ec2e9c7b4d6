package io.clustrix.scheduler.pbs;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a real OpenPBS answered, with the verdict that was written beside it by another program than the one under test.
 *
 * @param kind submit, status, cancel or find
 * @param command the command's line
 * @param expected the verdict
 */
record Golden(String file, String kind, String command, String expected, CommandResult result) {
    private static final List<String> FILES = List.of(
            "pbs-01-submit",
            "pbs-02-status",
            "pbs-03-arrays",
            "pbs-04-depend",
            "pbs-05-errors",
            "pbs-06-delete-hold",
            "pbs-07-limits",
            "pbs-08-output",
            "pbs-09-server-down",
            "pbs-10-mom-killed",
            "pbs-11-quoting-json");

    private static final Pattern BLOCK = Pattern.compile(
            "=== (\\w+)\\n\\$ (.*?)\\nexpect ([^\\n]*)\\nexit ([0-9]+)\\n--- out\\n(.*?)--- err\\n(.*)",
            Pattern.DOTALL);

    static List<Golden> all() {
        List<Golden> all = new ArrayList<>();
        for (String file : FILES) {
            for (String part : text(file).split("(?m)^(?==== )", -1)) {
                Matcher m = BLOCK.matcher(part);
                if (m.matches()) {
                    String program = m.group(1).equals("submit") ? "qsub" : "qstat";
                    all.add(new Golden(
                            file,
                            m.group(1),
                            m.group(2),
                            m.group(3).strip(),
                            answer(program, Integer.parseInt(m.group(4)), m.group(5), m.group(6))));
                } else if (!part.startsWith("# ")) {
                    throw new IllegalStateException(file + " has a block that is not of the form: " + part);
                }
            }
        }
        return all;
    }

    static CommandResult answer(String program, int exit, String out, String err) {
        return CommandResult.of(Command.of(program), exit, out, err);
    }

    private static String text(String name) {
        try (InputStream in =
                Objects.requireNonNull(Golden.class.getResourceAsStream("/golden/" + name + ".txt"), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return file + ": " + command.lines().findFirst().orElse("");
    }
}

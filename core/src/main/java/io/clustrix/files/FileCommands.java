package io.clustrix.files;

import io.clustrix.files.ClusterFileException.Reason;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The scripts on a host, and what their endings mean. Thread-safe. */
final class FileCommands {
    static final RemoteScript LIST = script("list");
    static final RemoteScript STAT = script("stat");
    static final RemoteScript TEST = script("test");
    static final RemoteScript DU = script("du");
    static final RemoteScript READ = script("read");
    static final RemoteScript SUM = script("sum");
    static final RemoteScript PUT_LOOK = script("put-look", "part");
    static final RemoteScript PUT = script("put", "part");

    static final int DAMAGED = 91;
    static final int CUT = 90;
    private static final int NOT_WRITTEN = 89;
    private static final int PARTLY = 72;
    private static final Pattern FIND_SAYS = Pattern.compile("find: (.*): ([^:]+)");

    /** How a message ends about a file that was there a moment ago. */
    static final String VANISHED = ": No such file or directory";

    private final Host host;

    FileCommands(Host host) {
        this.host = host;
    }

    private static RemoteScript script(String name, String... before) {
        StringBuilder text = new StringBuilder(text("begin"));
        for (String part : before) {
            text.append(text(part));
        }
        return new RemoteScript("clustrix-fs-" + name, text + text(name));
    }

    private static String text(String name) {
        return RemoteScript.of(FileCommands.class, name + ".sh").text();
    }

    Host host() {
        return host;
    }

    /** Runs a script on a path; its output is short. */
    CommandResult run(RemoteScript script, Duration timeout, String path, String... arguments)
            throws InterruptedException {
        return checked(script, path, host.run(command(script, timeout, path, arguments)));
    }

    /** Runs a script on a path, whose output may have any length. */
    CommandResult run(RemoteScript script, Duration timeout, OutputStream out, String path, String... arguments)
            throws InterruptedException {
        return checked(script, path, host.run(command(script, timeout, path, arguments), out));
    }

    /** The command, if it needs an input. */
    Command command(RemoteScript script, Duration timeout, String path, String... arguments) {
        List<String> words = new ArrayList<>(List.of(PathText.argument(path)));
        words.addAll(List.of(arguments));
        return script.command(timeout, words);
    }

    /**
     * The result, if all went well.
     *
     * @throws ClusterFileException if it did not
     */
    CommandResult checked(RemoteScript script, String path, CommandResult result) {
        if (result.truncated()) {
            throw failed(Reason.FAILED, path, "the answer is too long: " + script.summary(result));
        }
        return switch (result.exit()) {
            case 0 -> result;
            case 82 ->
                throw failed(
                        Reason.MISSING,
                        path,
                        "there is no such file or directory" + said(result),
                        path.startsWith("/")
                                ? List.of()
                                : List.of(
                                        path.startsWith("~")
                                                ? "~ is the home directory of the host's user"
                                                : "a relative path begins in the directory in which commands start there, mostly"
                                                        + " the home directory"));
            case 83 ->
                throw failed(
                        Reason.DENIED,
                        path,
                        "permission denied" + said(result),
                        List.of("see who may do what there: ls -ld, and the directories above it"));
            case 84 -> throw failed(Reason.NOT_A_DIRECTORY, path, "it is no directory" + said(result));
            case 85 -> throw failed(Reason.IS_A_DIRECTORY, path, "it is a directory, and a file was wanted");
            case 86 -> throw failed(Reason.LOOP, path, "its symbolic links lead in a circle");
            case 87 -> throw failed(Reason.NOT_A_FILE, path, "it is a pipe, socket or device, and no file");
            case 88 -> throw failed(Reason.UNSUPPORTED, path, "the host lacks a tool" + said(result));
            case NOT_WRITTEN ->
                throw failed(
                        Reason.FAILED,
                        path,
                        "it can't be written" + said(result),
                        List.of("see how much room and quota is left there (df, quota)"));
            case DAMAGED ->
                throw failed(
                        Reason.DAMAGED,
                        path,
                        "what arrived there is not what was sent, and was removed",
                        List.of("copy it again once nothing changes the file any more"));
            case CUT -> throw new HostException(where(path) + ": the host got only a part of the file");
            case PARTLY -> throw partly(script, path, result);
            default -> throw failed(Reason.FAILED, path, script.summary(result));
        };
    }

    /** find says of each directory that it can't read why, and goes on. */
    ClusterFileException partly(RemoteScript script, String path, CommandResult result) {
        for (String line : result.err().lines().toList()) {
            Matcher says = FIND_SAYS.matcher(line);
            if (says.matches() && !line.endsWith(VANISHED)) {
                boolean denied = says.group(2).equals("Permission denied");
                return failed(
                        denied ? Reason.DENIED : Reason.FAILED,
                        path,
                        "not all below it can be read; " + says.group(1) + ": " + says.group(2),
                        denied ? List.of("look at a directory below it that may be read") : List.of());
            }
        }
        return failed(Reason.FAILED, path, script.summary(result));
    }

    private static String said(CommandResult result) {
        String text = result.err().strip();
        return text.isEmpty() ? "" : ": " + text.substring(0, Math.min(500, text.length()));
    }

    ClusterFileException failed(Reason reason, String path, String why) {
        return failed(reason, path, why, List.of());
    }

    ClusterFileException failed(Reason reason, String path, String why, List<String> hints) {
        return new ClusterFileException(reason, path, where(path) + ": " + why, hints);
    }

    private String where(String path) {
        return PathText.shown(path) + " on " + host.name();
    }
}

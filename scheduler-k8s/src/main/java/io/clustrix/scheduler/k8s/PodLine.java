package io.clustrix.scheduler.k8s;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What is started in a pod for a command: a shell that first prints its number, which is that of its process group too,
 * as runtimes start each command in a session of its own. A command can't be told that its input has ended, so
 * {@code head} ends it after so many bytes.
 */
final class PodLine {
    /** Words go in the request's address, which proxies allow some kilobytes; more than that comes as input. */
    private static final int MOST_IN_ADDRESS = 4000;

    // The shell itself is silent, so that it does not say "Killed" in the command's name. What the command leaves
    // unread
    // is read for it: containerd does not tell the end of a command while it has input that finds no way.
    private static final String SCRIPT = """
            printf '%s\\n' "$$"; kill -USR1 1 2>/dev/null; from=$1; n=$2; shift 2
            if [ "$n" = 0 ]; then exec "$@" </dev/null; fi
            exec 3>&2 2>/dev/null
            head -c "$n" | {
              if [ "$from" = input ]; then
                nl=$(printf '\\n.'); nl=${nl%.}
                IFS= read -r words; eval "set -- $words"
              fi
              (exec "$@" 2>&3 3>&-)
              code=$?
              cat >/dev/null 3>&-
              exit "$code"
            }""";

    /** Ends a command and what it has started. */
    private static final String KILL = "kill -9 -\"$1\" 2>/dev/null || kill -9 \"$1\"";

    private final List<String> words;
    private final byte[] preamble;

    private PodLine(List<String> words, byte[] preamble) {
        this.words = words;
        this.preamble = preamble;
    }

    static PodLine of(List<String> command, long input) {
        int size = 0;
        for (String word : command) {
            size += Api.encoded(word).length() + 9;
        }
        boolean inAddress = size <= MOST_IN_ADDRESS;
        byte[] preamble = inAddress ? new byte[0] : (quoted(command) + "\n").getBytes(StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of(
                "sh", "-c", SCRIPT, "sh", inAddress ? "words" : "input", Long.toString(input + preamble.length)));
        if (inAddress) {
            words.addAll(command);
        }
        return new PodLine(List.copyOf(words), preamble);
    }

    static List<String> kill(String number) {
        return List.of("sh", "-c", KILL, "sh", number);
    }

    /** What is started. */
    List<String> words() {
        return words;
    }

    /** What it reads before the command's own input. */
    byte[] preamble() {
        return preamble.clone();
    }

    // For eval, on one line.
    private static String quoted(List<String> command) {
        StringBuilder all = new StringBuilder();
        for (String word : command) {
            all.append('\'')
                    .append(word.replace("'", "'\\''").replace("\n", "'\"$nl\"'"))
                    .append("' ");
        }
        return all.toString();
    }
}

package io.clustrix.scheduler.k8s;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The commands of a pod that gets its input, and hands over its results, through a stream. */
final class PodScripts {
    /** Exit code of the first process: nobody has fed it in time. */
    static final int EXIT_NO_INPUT = 76;

    /** How the termination message of a first process begins that nobody has fed. */
    static final String NO_INPUT = "clustrix: no driver has fed this pod";

    /** Exit code of the first process: the work directory can't be written to, or the image lacks a tool. */
    static final int EXIT_NO_PLACE = 77;

    /** What the first process writes as its termination message if it has ended the script at its wall time. */
    static final String WALLTIME = "walltime";

    /** It may be started before the first process has made its directory. */
    private static final String OPEN_DOOR =
            "n=0; until [ -e \"$1/.pod/ready\" ]; do n=$((n+1)); [ $n -le 100 ] || { echo \"$1/.pod is not ready\" >&2;"
                    + " exit 71; }; sleep 0.1 2>/dev/null || sleep 1; done; exec sh \"$1/.pod/door\" \"$@\"";

    private static final Pattern COMMENTS = Pattern.compile("(?m)^\\s*(#.*)?\\n|^ +");

    private final String first;
    private final String door;

    PodScripts() {
        this.first = text("pod.sh");
        this.door = text("door.sh");
    }

    /**
     * Where a pod's files lie.
     *
     * @param work the work directory, as the pod sees it
     * @param job the job's directory below the work directory's {@code jobs/}
     */
    record Place(String work, String job) {}

    /**
     * What the first process is told.
     *
     * @param script the script's name in the job's directory
     * @param logs the beginning of the logs' names, relative to the job's directory
     * @param array whether the pod runs an element of an array: the logs' names get its index
     * @param walltime how long the script may run; zero: as long as it likes
     * @param input how long to wait for input; zero: it is there, and nobody will come for the results
     * @param keep how long to keep results for a driver
     * @param grace how long the script may take to end when it is told to
     */
    record Run(
            String script,
            String logs,
            boolean array,
            Duration walltime,
            Duration input,
            Duration keep,
            Duration grace) {}

    /** The command of the container. After a SIGTERM it needs the grace and a few seconds more. */
    List<String> first(Place place, Run run) {
        return List.of(
                "/bin/sh",
                "-c",
                first,
                "clustrix-pod",
                place.work(),
                place.job(),
                run.script(),
                run.logs(),
                run.array() ? "array" : "single",
                seconds(run.walltime()),
                seconds(run.input()),
                seconds(run.keep()),
                seconds(run.grace()),
                door);
    }

    /** The command for the exec. Short, because it becomes part of an address. */
    List<String> door(Place place, Duration beat, boolean quick) {
        return List.of(
                "/bin/sh",
                "-c",
                OPEN_DOOR,
                "clustrix-door",
                place.work(),
                place.job(),
                seconds(beat),
                quick ? "quick" : "calm");
    }

    private static String seconds(Duration d) {
        return Long.toString(d.isZero() ? 0 : Math.max(1, d.toSeconds()));
    }

    /** Without what only readers need: it becomes part of every pod's description. */
    private static String text(String name) {
        try (InputStream in = PodScripts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return COMMENTS.matcher(text).replaceAll("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

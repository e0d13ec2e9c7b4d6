package io.clustrix.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The peer: {@code sbatch} called on the login node itself by a shell that polls every 10 ms for the results, with
 * nothing but a line over an open ssh session there and back. It is as near to Slurm's own time as a user can get.
 *
 * <p>What it submits is a script with its tasks that Clustrix has left behind, so that the same worker does the same.
 */
final class BareSlurm implements AutoCloseable {
    /** Everything stands in one directory; each round has one of its own there. */
    private static final String SHELL = """
            mkdir -p "$1" && cd "$1" || exit 1
            base=$PWD
            while read -r what name a b; do
                cd "$base"
                case $what in
                    copy)
                        mkdir "$name" && cd "$name" && mkdir logs attempts claims results exits || exit 1
                        cp "$a/job.pack" "$a/class-path" .
                        sed "s|^directory=.*|directory='$PWD'|" "$a/p0.sh" > p0.sh
                        echo ok ;;
                    plain)
                        mkdir "$name" && cd "$name" && mkdir logs claims results || exit 1
                        printf '#!/bin/sh\\n#SBATCH --mem=256M --cpus-per-task=1 --time=10\\n#SBATCH --output=/dev/null\\n' > p0.sh
                        [ "$a" -eq 1 ] || printf '#SBATCH --array=0-%s\\n' $((a - 1)) >> p0.sh
                        printf 'e=${SLURM_ARRAY_TASK_ID:-0}\\nmkdir claims/$e.0.0\\n: > results/$e\\n' >> p0.sh
                        echo ok ;;
                    run)
                        cd "$name"
                        sbatch --parsable p0.sh >/dev/null || exit 1
                        while :; do
                            set -- results/*
                            [ -e "$1" ] && [ $# -ge "$a" ] && break
                            sleep 0.01
                        done
                        echo ok ;;
                    times) stat -c %.6Y "$name/claims/0.0.0" "$name/results/0" | tr '\\n' ' '; echo ;;
                    remove) rm -rf "$name"; echo ok ;;
                esac
            done
            """;

    private static final long LIMIT_SECONDS = 60;

    private final Process process;
    private final Writer in;
    private final BufferedReader out;
    private int rounds;

    BareSlurm(SlurmBed bed) throws IOException {
        process = new ProcessBuilder(
                        "ssh",
                        "-F",
                        "none",
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "UserKnownHostsFile=" + bed.get("ssh.known-hosts"),
                        "-i",
                        bed.get("ssh.key"),
                        "-p",
                        Integer.toString(bed.port()),
                        bed.get("ssh.user") + "@" + bed.get("ssh.host"),
                        "exec sh -c " + quoted(SHELL) + " bare " + quoted(bed.work() + "/bare"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = process.outputWriter(StandardCharsets.UTF_8);
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /**
     * When it was submitted, when its worker's script began, when the result was there, when that was known; s since
     * 1970.
     */
    record Times(double submitted, double began, double result, double known) {
        double total() {
            return known - submitted;
        }
    }

    /** A script and its tasks, copied from the directory of a job that Clustrix has run. */
    Times job(String directory, int elements) throws IOException {
        return round("copy", directory, elements);
    }

    /** A script of the shell that makes an empty file. */
    Times plain(int elements) throws IOException {
        return round("plain", Integer.toString(elements), elements);
    }

    private Times round(String how, String argument, int elements) throws IOException {
        String name = "r" + rounds++;
        ask(how + " " + name + " " + argument);
        double submitted = now();
        ask("run " + name + " " + elements);
        double known = now();
        String[] times = ask("times " + name).split(" ", -1);
        ask("remove " + name);
        return new Times(submitted, Double.parseDouble(times[0]), Double.parseDouble(times[1]), known);
    }

    /** When a job of Clustrix began, and when its result was there. */
    String[] timesOf(String directory) throws IOException {
        return ask("times " + directory).split(" ", -1);
    }

    static double now() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    private String ask(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!out.ready() && process.isAlive() && System.nanoTime() - end < 0) {
            try {
                TimeUnit.MICROSECONDS.sleep(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        String answer = out.ready() ? out.readLine() : null;
        if (answer == null) {
            throw new IOException("the shell on the login node does not answer to: " + line);
        }
        return answer;
    }

    /** Removes a directory on the login node. */
    void remove(String directory) throws IOException {
        ask("remove " + directory);
    }

    @Override
    public void close() {
        try {
            in.close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

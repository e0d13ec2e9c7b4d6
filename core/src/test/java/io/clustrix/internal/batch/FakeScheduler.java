package io.clustrix.internal.batch;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The dialect of a scheduler that is one small script and a directory; elements are local processes. Its answers are
 * lines {@code ID|STATE|EXIT|DETAIL}.
 */
final class FakeScheduler implements SchedulerDialect {
    /** What the scheduler's one command does. */
    static final String SCRIPT = """
            #!/bin/sh
            # fake VERB STATE ...
            state=$2
            say() { # ID COUNT
                i=0
                while [ "$i" -lt "$2" ]; do
                    name=$1_$i
                    [ "$2" -gt 1 ] || name=$1
                    if [ -e "$state/$1/gone" ]; then
                        :
                    elif [ -e "$state/$1/pending" ]; then
                        echo "$name|PENDING||$(cat "$state/$1/pending")"
                    elif read -r code 2>/dev/null < "$state/$1/$i.end"; then
                        end=FAILED
                        [ "$code" -ne 0 ] || end=SUCCEEDED
                        echo "$name|$end|$code|$end $code"
                    else
                        echo "$name|RUNNING||"
                    fi
                    i=$((i + 1))
                done
            }
            case $1 in
            submit)
                script=$3 name=$4 logs=$5 n=$6
                id=1
                until mkdir "$state/$id" 2>/dev/null; do id=$((id + 1)); done
                echo "$name" > "$state/$id/name"
                echo "$n" > "$state/$id/count"
                export FAKE_JOB=$id
                i=0
                while [ "$i" -lt "$n" ]; do
                    log=$logs
                    if [ "$n" -gt 1 ]; then
                        log=$logs.$i
                        export FAKE_INDEX=$i
                    fi
                    if [ -e "$state/hold" ]; then
                        cp "$state/hold" "$state/$id/pending"
                    else
                        setsid sh -c 'echo $$ > "$1/$2.pid"; sh "$3"; echo $? > "$1/$2.end.tmp"; mv "$1/$2.end.tmp" "$1/$2.end"' \\
                            x "$state/$id" "$i" "$script" > "$log.out" 2> "$log.err" < /dev/null &
                    fi
                    i=$((i + 1))
                done
                echo "submitted $id"
                ;;
            status)
                shift 2
                echo answer
                for id; do say "$id" "$(cat "$state/$id/count")"; done
                ;;
            find)
                echo answer
                for job in "$state"/[0-9]*; do
                    [ "$(cat "$job/name" 2>/dev/null)" != "$3" ] || echo "${job##*/}|FOUND||"
                done
                ;;
            cancel)
                shift 2
                for id; do
                    for file in "$state/${id%_*}"/*.pid; do
                        index=${file##*/}
                        [ "$id" = "${id%_*}" ] || [ "${index%.pid}" = "${id#*_}" ] || continue
                        kill -TERM "-$(cat "$file")" 2>/dev/null
                    done
                    echo "$id" >> "$state/cancelled"
                done
                echo answer
                ;;
            esac
            """;

    private final String program;
    private final String state;
    private final int largestArray;

    FakeScheduler(Path program, Path state, int largestArray) {
        this.program = program.toString();
        this.state = state.toString();
        this.largestArray = largestArray;
    }

    private Command command(String verb, List<String> more) {
        List<String> words = new java.util.ArrayList<>(List.of("sh", program, verb, state));
        words.addAll(more);
        return Command.of(words);
    }

    private static List<String> values(Collection<NativeId> ids) {
        return ids.stream().map(NativeId::value).toList();
    }

    @Override
    public Traits traits() {
        return new Traits(Set.of(Feature.ARRAYS, Feature.CANCEL_RUNNING), largestArray, Duration.ofMillis(100));
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("FAKE_JOB", "FAKE_INDEX", 0, Optional.of("FAKE_RESTARTS"));
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return List.of("#FAKE " + plan.jobName());
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        return command("submit", List.of(script, plan.jobName(), plan.logs(), Integer.toString(plan.elements())));
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        String out = result.out().strip();
        if (result.exit() != 0 || !out.matches("submitted [0-9]+")) {
            throw new SchedulerException("refused: " + result.summary());
        }
        return NativeId.of(out.substring("submitted ".length()));
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return NativeId.of(job.value() + "_" + index);
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return command("status", values(jobs));
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        if (result.out().startsWith("nonsense")) {
            throw new IndexOutOfBoundsException("as parsers do that meet what they do not know");
        }
        if (result.exit() != 0 || !result.out().startsWith("answer\n")) {
            throw new SchedulerException("no answer: " + result.summary());
        }
        Map<NativeId, JobStatus> found = new HashMap<>();
        result.out().lines().skip(1).forEach(line -> {
            String[] f = line.split("\\|", -1);
            OptionalInt exit = f[2].isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(f[2]));
            found.put(
                    NativeId.of(f[0]),
                    new JobStatus(
                            JobState.valueOf(f[1]), exit, f[3], Optional.empty(), Optional.empty(), Optional.empty()));
        });
        return found;
    }

    @Override
    public Optional<Command> history(Collection<NativeId> jobs) {
        return Optional.of(command("history", values(jobs)));
    }

    @Override
    public Map<NativeId, JobStatus> parseHistory(CommandResult result) {
        return parseStatus(result);
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return command("cancel", values(ids));
    }

    @Override
    public boolean cancelled(CommandResult result) {
        return result.exit() == 0 && result.out().equals("answer\n");
    }

    @Override
    public Command find(String jobName) {
        return command("find", List.of(jobName));
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        if (result.exit() != 0 || !result.out().startsWith("answer\n")) {
            throw new SchedulerException("no answer: " + result.summary());
        }
        return result.out()
                .lines()
                .skip(1)
                .map(l -> NativeId.of(l.substring(0, l.indexOf('|'))))
                .toList();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        return result.err().contains("try again");
    }

    @Override
    public Optional<Command> info() {
        return Optional.of(command("info", List.of()));
    }

    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        return new SchedulerInfo("Fake 1", OptionalInt.empty(), true);
    }

    @Override
    public Optional<String> hopeless(JobStatus waiting) {
        return waiting.detail().equals("never") ? Optional.of("choose another partition") : Optional.empty();
    }
}

package io.clustrix.testkit;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A sound one, of which the broken ones of the tests are made. */
class ToyDialect implements SchedulerDialect {
    private final String bin;

    ToyDialect(String bin) {
        this.bin = bin;
    }

    @Override
    public Traits traits() {
        return new Traits(
                Set.of(Feature.ARRAYS, Feature.MEMORY_LIMIT, Feature.WALLTIME_LIMIT, Feature.OUTPUT),
                1000,
                Duration.ofSeconds(1));
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("TOY_JOB", "TOY_INDEX", 0, Optional.empty());
    }

    @Override
    public List<String> directives(JobPlan plan) {
        Resources r = plan.resources();
        if (r.gpus().isPresent()) {
            throw new ConfigurationException("there are no GPUs");
        }
        List<String> lines = new ArrayList<>(
                List.of("#TOY name=" + plan.jobName(), "#TOY log=" + plan.logs(), "#TOY elements=" + plan.elements()));
        plan.concurrent().ifPresent(n -> lines.add("#TOY limit=" + n));
        r.cores().ifPresent(n -> lines.add("#TOY cores=" + n));
        r.memory().ifPresent(m -> lines.add("#TOY memory=" + m.bytes()));
        r.walltime().ifPresent(t -> lines.add("#TOY time=" + t.toSeconds()));
        r.nodes().ifPresent(n -> lines.add("#TOY nodes=" + n));
        r.queue().ifPresent(q -> lines.add("#TOY queue=" + quoted(q)));
        r.account().ifPresent(a -> lines.add("#TOY account=" + quoted(a)));
        r.options().forEach((k, v) -> lines.add("#TOY " + k + "=" + quoted(v)));
        return lines;
    }

    static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        return Command.of(bin + "/toysub", script);
    }

    @Override
    public NativeId parseSubmit(CommandResult r) {
        if (r.exit() != 0 || r.truncated() || !r.out().matches("job [0-9]{1,9}\n")) {
            throw new SchedulerException("refused: " + r.summary(), "change 'queue'");
        }
        return NativeId.of(r.out().strip().substring(4));
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return NativeId.of(job.value() + "." + index);
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        List<String> words = new ArrayList<>(List.of(bin + "/toystat"));
        jobs.forEach(id -> words.add(id.value()));
        return Command.of(words);
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult r) {
        if (r.exit() != 0 || r.truncated() || !("\n" + r.out()).endsWith("\nend\n")) {
            throw new SchedulerException("no answer: " + r.summary());
        }
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        r.out().lines().map(l -> l.split(" ", -1)).filter(f -> f.length == 3).forEach(f -> {
            if (f[0].equals("toy") && f[1].matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
                found.put(NativeId.of(f[1]), JobStatus.of(state(f[2]), f[2]));
            }
        });
        return found;
    }

    JobState state(String word) {
        return Arrays.stream(JobState.values())
                .filter(s -> s.name().equals(word))
                .findFirst()
                .orElse(JobState.UNKNOWN);
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return Command.of(
                bin + "/toydel",
                String.join(",", ids.stream().map(NativeId::value).toList()));
    }

    @Override
    public boolean cancelled(CommandResult r) {
        return r.exit() == 0;
    }

    @Override
    public Command find(String jobName) {
        return Command.of(bin + "/toyfind", jobName);
    }

    @Override
    public List<NativeId> parseFind(CommandResult r) {
        return List.copyOf(parseStatus(r).keySet());
    }

    @Override
    public boolean isTransient(CommandResult r) {
        return r.exit() != 0 && r.err().contains("later");
    }
}

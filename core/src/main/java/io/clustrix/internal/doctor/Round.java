package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.internal.threads.DaemonThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Runs checks one after another, each until its deadline, and leaves out those that can't be made. */
final class Round {
    private final Consumer<? super Finding> each;
    private final List<Finding> findings = new ArrayList<>();

    /** What can't be relied on, and the finding that is to blame. */
    private final Map<String, String> blocked = new HashMap<>();

    Round(Consumer<? super Finding> each) {
        this.each = each;
    }

    List<Finding> run(List<Check> checks) throws InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool(new DaemonThreads("clustrix-doctor-"));
        try {
            for (Check check : checks) {
                run(check, threads);
            }
        } finally {
            threads.shutdownNow();
        }
        return List.copyOf(findings);
    }

    private void run(Check check, ExecutorService threads) throws InterruptedException {
        Optional<String> cause = check.needs().stream()
                .filter(blocked::containsKey)
                .map(blocked::get)
                .findFirst();
        if (cause.isPresent()) {
            check.names().forEach(name -> skip(name, cause.get()));
            return;
        }
        List<Finding> found = found(check, threads);
        Optional<String> failed = found.stream()
                .filter(f -> f.level() == Level.FAILURE)
                .map(Finding::check)
                .findFirst();
        for (Finding finding : found) {
            if (finding.level() == Level.FAILURE) {
                blocked.put(finding.check(), finding.check());
            } else if (finding.level() == Level.SKIPPED) {
                failed.ifPresent(name -> blocked.put(finding.check(), name));
            }
            tell(finding);
        }
        // What else the check was to tell is not known either.
        failed.ifPresent(name -> check.names().stream()
                .filter(n -> found.stream().noneMatch(f -> f.check().equals(n)))
                .forEach(n -> skip(n, name)));
    }

    private void skip(String check, String cause) {
        blocked.put(check, cause);
        tell(Findings.skipped(check, "not looked at, because of " + cause));
    }

    private static List<Finding> found(Check check, ExecutorService threads) throws InterruptedException {
        String name = check.names().get(0);
        Future<List<Finding>> look = threads.submit(() -> check.body().look());
        try {
            return look.get(check.deadline().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return List.of(Findings.failure(
                    name,
                    "it did not end within " + told(check.deadline()),
                    "look whether the host answers at all, and whether its file systems do: log in by hand and list"
                            + " the work directory"));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return List.of(
                    Findings.failure(name, cause, "look at the command that the message names, by hand on the host"));
        } finally {
            look.cancel(true);
        }
    }

    private static String told(Duration time) {
        return time.toSeconds() > 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    private void tell(Finding finding) {
        findings.add(finding);
        each.accept(finding);
    }
}

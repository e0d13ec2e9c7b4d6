package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobState;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Work;
import io.clustrix.spi.WorkerDiedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine with a scheduler that is a directory, and trouble to order. */
@Timeout(90)
class EngineTest {
    @TempDir
    private Path dir;

    private final FakeSite.Setup setup = new FakeSite.Setup();
    private FakeSite site;

    private FakeSite site() throws IOException {
        if (site == null) {
            site = new FakeSite(dir, setup);
        }
        return site;
    }

    @AfterEach
    void end() {
        if (site != null) {
            site.close();
        }
    }

    /** A worker that ends by itself at once. */
    private void worker(String... lines) throws IOException {
        Path java = Files.writeString(dir.resolve("java.sh"), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        setup.java = Optional.of(java.toString());
    }

    private List<Path> jobDirectories() throws IOException {
        try (var all = Files.walk(site.work.resolve("jobs"), 2)) {
            return all.filter(p -> p.getFileName().toString().length() == 26).toList();
        }
    }

    // ---------------------------------------------------------------- all is well

    @Test
    @DisplayName("A call and a map come back, and their directories are removed from the host")
    void well() throws Exception {
        FakeSite.Told call = site().call(Tasks.answer());
        FakeSite.Told map = site().map(Tasks.square(), 7, 2, ErrorPolicy.FAIL_FAST);
        assertThat(call.value(0)).isEqualTo(42);
        assertThat(map.values()).containsExactly(0, 1, 4, 9, 16, 25, 36);
        assertThat(site.submissions()).isEqualTo(2);
        FakeSite.await("the directories to be removed", () -> {
            try {
                return jobDirectories().isEmpty();
            } catch (IOException | java.io.UncheckedIOException e) {
                return false;
            }
        });
        assertThat(call.statuses.get(call.statuses.size() - 1).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(site.host.count("history")).isZero();
    }

    @Test
    @DisplayName("A chunk that is larger than any map is one element, not none")
    void hugeChunk() throws Exception {
        FakeSite.Told map = site().map(Tasks.square(), 3, Integer.MAX_VALUE, ErrorPolicy.FAIL_FAST);
        assertThat(map.values()).containsExactly(0, 1, 4);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("An array that is too large for the scheduler is submitted in parts")
    void parts() throws Exception {
        setup.largestArray = 2;
        FakeSite.Told map = site().map(Tasks.square(), 5, 1, ErrorPolicy.FAIL_FAST);
        assertThat(map.values()).containsExactly(0, 1, 4, 9, 16);
        assertThat(site.submissions()).isEqualTo(3);
    }

    @Test
    @DisplayName("Where the number of elements that run at once is limited, that holds over all parts (R22)")
    void concurrentElements() throws Exception {
        setup.largestArray = 1;
        setup.concurrentElements = OptionalInt.of(2);
        Path running = Files.createDirectory(dir.resolve("running"));
        worker(
                "touch '" + running + "'/$$",
                "ls '" + running + "' | wc -l >> '" + dir.resolve("counts") + "'",
                "'" + setup.java.orElseThrow() + "' \"$@\"",
                "code=$?",
                "rm '" + running + "'/$$",
                "exit $code");
        FakeSite.Told map = site().map(Tasks.square(), 7, 1, ErrorPolicy.FAIL_FAST);
        assertThat(map.values()).containsExactly(0, 1, 4, 9, 16, 25, 36);
        assertThat(site.submissions()).isEqualTo(7);
        // A result is seen a little before its script has ended.
        assertThat(Files.readAllLines(dir.resolve("counts")).stream().mapToInt(l -> Integer.parseInt(l.strip())))
                .hasSize(7)
                .allMatch(n -> n <= 4);
    }

    @Test
    @DisplayName("A job without an array is element 0, whatever index the driver's own environment has")
    void inheritedIndex() throws Exception {
        // As if the driver itself were an element of an array, whose variables its own jobs inherit.
        Path fake = site().root.resolve("fake");
        Files.writeString(
                fake,
                Files.readString(fake).replace("export FAKE_JOB=$id", "export FAKE_JOB=$id; export FAKE_INDEX=7"));
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
    }

    // ---------------------------------------------------------------- trouble with submitting

    @Test
    @DisplayName("A submit whose answer is lost but that was accepted is found, and not repeated (R20)")
    void acceptedUnheard() throws Exception {
        site().host.next("submit", FaultyHost.deaf());
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A submit that did not arrive is looked up, and then repeated (R20)")
    void notAccepted() throws Exception {
        site().host.next("submit", FaultyHost.unreachable());
        site.host.next("find", FaultyHost.unreachable());
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
        assertThat(site.host.count("find")).isGreaterThanOrEqualTo(3);
    }

    @Test
    @DisplayName("An accepted submit whose answer can't be understood is looked up, and not given up")
    void unintelligibleAnswer() throws Exception {
        site().host.next("submit", (c, real) -> {
            var r = real.run();
            return io.clustrix.spi.CommandResult.of(c, 0, RemoteScripts.MARK + "\nHave a nice day!\n", r.err());
        });
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A refused submit fails at once with the scheduler's words, and the other parts say the same")
    void refused() throws Exception {
        setup.largestArray = 1;
        Path fake = site().root.resolve("fake");
        Files.writeString(fake, "#!/bin/sh\necho 'invalid account' >&2\nexit 1\n");
        FakeSite.Told map = site.map(Tasks.square(), 3, 1, ErrorPolicy.COLLECT);
        for (int task = 0; task < 3; task++) {
            assertThat(map.failure(task))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("invalid account");
        }
        assertThat(site.host.count("find")).isZero();
        // What is left on the host may be removed by age.
        FakeSite.await("the mark", () -> {
            try {
                return Files.exists(jobDirectories().get(0).resolve("over"));
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    @DisplayName("What is kept of a job is removed on demand, but never as long as the scheduler has something of it")
    void cleanKept() throws Exception {
        setup.attempts = 1;
        worker("exit 3");
        assertThat(site().call(Tasks.answer()).failure(0)).isInstanceOf(WorkerDiedException.class);
        List<JobView> jobs = site.overJobs();
        Path stranger = Files.createDirectory(
                jobDirectories().get(0).resolveSibling("stranger")); // as of another user of the work directory
        assertThat(site.executor.kept(jobs)).hasSize(1);

        for (String state : List.of("RUNNING", "PENDING", "UNKNOWN")) {
            site.host.always("status", (c, real) -> {
                String id = c.words().get(c.words().size() - 1);
                return io.clustrix.spi.CommandResult.of(c, 0, "answer\n" + id + "|" + state + "||" + state + "\n", "");
            });
            site.executor.clean(jobs);
            assertThat(jobDirectories()).as(state).hasSize(1);
        }
        site.host.always("status", FaultyHost.answers(1, "", "try again"));
        assertThatThrownBy(() -> site.executor.clean(jobs)).isInstanceOf(SchedulerException.class);
        assertThat(jobDirectories()).hasSize(1);

        site.host.never("status");
        site.executor.clean(jobs);
        assertThat(jobDirectories()).isEmpty();
        assertThat(site.executor.kept(jobs)).isEmpty();
        assertThat(stranger).isDirectory();
    }

    @Test
    @DisplayName("A host that lets nobody in fails the job at once")
    void noLogIn() throws Exception {
        site().host.always("prepare", FaultyHost.refused());
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("no log-in");
    }

    @Test
    @DisplayName("A name that nobody has ever known fails what was not submitted, and holds up what was (R45)")
    void unknownName() throws Exception {
        site().host.always("prepare", FaultyHost.unknown());
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("nobody knows the name");
        site.host.never("prepare");
        site.host.next("look", FaultyHost.unknown(), FaultyHost.unknown());
        site.host.next("fetch", FaultyHost.unknown());
        site.host.next("status", FaultyHost.unknown());
        Path go = dir.resolve("go");
        FakeSite.Told call = site.call(Tasks.waitFor(go.toString()));
        FakeSite.await("questions", () -> site.host.count("look") > 2 && site.host.count("status") > 1);
        Files.createFile(go);
        assertThat(call.value(0)).isEqualTo("seen");
    }

    @Test
    @DisplayName("A scheduler that does not answer at the first contact is asked about itself again")
    void silentScheduler() throws Exception {
        site().host.next("info", FaultyHost.answers(1, "", "try again"));
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.host.count("info")).isEqualTo(2);
    }

    @Test
    @DisplayName("A host that can't be reached at first is tried again")
    void unreachableAtFirst() throws Exception {
        site().host.next("prepare", FaultyHost.unreachable(), FaultyHost.unreachable());
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
    }

    // ---------------------------------------------------------------- trouble with asking

    @Test
    @DisplayName("A scheduler that does not answer, or nonsense, says nothing about any job (R1)")
    void statusFails() throws Exception {
        site().host.next("status", FaultyHost.answers(0, "nonsense", ""), FaultyHost.answers(1, "", "try again"));
        Path go = dir.resolve("go");
        FakeSite.Told call = site.call(Tasks.waitFor(go.toString()));
        FakeSite.await("questions", () -> site.host.count("status") > 3);
        Files.createFile(go);
        assertThat(call.value(0)).isEqualTo("seen");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A scheduler whose answers are never understood can't keep a dead job's future for ever")
    void statusIsAlwaysNonsense() throws Exception {
        setup.attempts = 1;
        worker("kill -KILL $PPID"); // the script dies, too: no exit record
        site().host.always("status", FaultyHost.answers(0, "nonsense", ""));
        assertThat(site.call(Tasks.answer()).failure(0)).isInstanceOf(HostException.class);
    }

    @Test
    @DisplayName("A job that the scheduler does not show for a while is not lost as long as its result comes")
    void hiddenForAWhile() throws Exception {
        site().host.next("status", FaultyHost.answers(0, "answer\n", ""), FaultyHost.answers(0, "answer\n", ""));
        Path go = dir.resolve("go");
        FakeSite.Told call = site.call(Tasks.waitFor(go.toString()));
        FakeSite.await("questions", () -> site.host.count("status") > 6);
        Files.createFile(go);
        assertThat(call.value(0)).isEqualTo("seen");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A job that nobody knows any more is tried again, then lost; the accounting is asked first (R2)")
    void vanishes() throws Exception {
        setup.attempts = 2;
        worker("kill -KILL $PPID");
        knowsNothing();
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(WorkerDiedException.class)
                .hasMessageContaining("does not know it any more");
        assertThat(site.submissions()).isEqualTo(2);
        assertThat(site.host.count("history")).isGreaterThanOrEqualTo(2);
    }

    @Test
    @DisplayName(
            "Elements that are gone before anybody had seen them in the queue were in it if their siblings have run:"
                    + " they count as cancelled, and are not tried again (R1)")
    void vanishedBesideOthers() throws Exception {
        setup.unknown = Duration.ofSeconds(4); // the others have run by then
        FakeSite.Told map = missingElement();
        assertThat(map.failure(1))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("cancelled it while it waited");
        assertThat(map.value(0)).isEqualTo(0);
        assertThat(map.value(2)).isEqualTo(4);
        assertThat(site.submissions()).isEqualTo(1);
    }

    /** A map of three elements the second of which is gone when the scheduler is first asked, as it then is of all. */
    private FakeSite.Told missingElement() throws IOException {
        knowsNothing();
        Path fake = site.root.resolve("fake");
        Files.writeString(
                fake, Files.readString(fake).replace("setsid sh", "[ \"${FAKE_INDEX:-}\" = 1 ] || setsid sh"));
        return site.map(Tasks.square(), 3, 1, ErrorPolicy.COLLECT);
    }

    private void knowsNothing() throws IOException {
        site().host.always("status", FaultyHost.answers(0, "answer\n", ""));
        site.host.always("history", FaultyHost.answers(0, "answer\n", ""));
    }

    @Test
    @DisplayName("The accounting's word counts for a job that the queue has forgotten (R2)")
    void history() throws Exception {
        worker("kill -KILL $PPID");
        site().host.always("status", FaultyHost.answers(0, "answer\n", ""));
        site.host.always("history", (c, real) -> {
            String id = c.words().get(c.words().size() - 1);
            return io.clustrix.spi.CommandResult.of(c, 0, "answer\n" + id + "|CANCELLED||CANCELLED by 1042\n", "");
        });
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("CANCELLED by 1042");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A job that only a stale accounting calls alive is lost in the end")
    void staleHistory() throws Exception {
        setup.attempts = 1;
        setup.unknown = Duration.ofMillis(200);
        worker("kill -KILL $PPID");
        site().host.always("status", FaultyHost.answers(0, "answer\n", ""));
        site.host.always("history", (c, real) -> {
            String id = c.words().get(c.words().size() - 1);
            return io.clustrix.spi.CommandResult.of(c, 0, "answer\n" + id + "|RUNNING||RUNNING\n", "");
        });
        assertThat(site.call(Tasks.answer()).failure(0)).isInstanceOf(WorkerDiedException.class);
    }

    @Test
    @DisplayName("A job that waits for what can't come fails with the reason and is cancelled")
    void hopeless() throws Exception {
        Files.writeString(site().state.resolve("hold"), "never");
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("never")
                .hasMessageContaining("choose another partition");
        awaitCancelled();
    }

    @Test
    @DisplayName("Parts that wait for room beside others come also if those fail without having run")
    void roomAfterFailure() throws Exception {
        setup.largestArray = 1;
        setup.concurrentElements = OptionalInt.of(1);
        Files.writeString(site().state.resolve("hold"), "never");
        FakeSite.Told map = site.map(Tasks.square(), 3, 1, ErrorPolicy.COLLECT);
        for (int task = 0; task < 3; task++) {
            assertThat(map.failure(task)).isInstanceOf(SchedulerException.class);
        }
        assertThat(site.submissions()).isEqualTo(3);
    }

    @Test
    @DisplayName("A question about more jobs than one command takes counts as often as it is asked")
    void budget() throws Exception {
        setup.statusPerMinute = 3;
        Path go = dir.resolve("go");
        FakeSite.Told call = site().call(Tasks.waitFor(go.toString()));
        Thread.sleep(2500);
        assertThat(site.host.count("status")).isLessThanOrEqualTo(3);
        Files.createFile(go);
        assertThat(call.value(0)).isEqualTo("seen");
    }

    // ---------------------------------------------------------------- workers that die

    @Test
    @DisplayName("A worker that exits is told by its exit record; it is not tried again")
    void exits() throws Exception {
        worker("echo 'no such option' >&2; exit 1");
        assertThat(site().call(Tasks.answer()).failure(0))
                .isInstanceOf(WorkerDiedException.class)
                .hasMessageContaining("exit code 1")
                .hasMessageContaining("no such option");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A task that ends the JVM fails alone if failures are collected; the others are run")
    void culprits() throws Exception {
        FakeSite.Told map = site().map(Tasks.exitAt(1), 3, 3, ErrorPolicy.COLLECT);
        assertThat(map.value(0)).isEqualTo(0);
        assertThat(map.failure(1)).isInstanceOf(WorkerDiedException.class).hasMessageContaining("exit code 3");
        assertThat(map.value(2)).isEqualTo(2);
        assertThat(site.submissions()).isEqualTo(2);
    }

    @Test
    @DisplayName("Tasks of one element that end the JVM fail alone, one after another; the others are run")
    void manyCulprits() throws Exception {
        int[] culprits =
                java.util.stream.IntStream.range(0, 3).map(i -> 2 * i + 1).toArray();
        FakeSite.Told map = site().map(Tasks.exitAt(culprits), 7, 7, ErrorPolicy.COLLECT);
        for (int task = 0; task < 7; task++) {
            if (task % 2 == 0) {
                assertThat(map.value(task)).isEqualTo(task);
            } else {
                assertThat(map.failure(task)).isInstanceOf(WorkerDiedException.class);
            }
        }
        assertThat(site.submissions()).isEqualTo(4);
    }

    @Test
    @DisplayName("If all of an element's tasks had ended when its worker was killed, it is not run again")
    void killedAtItsEnd() throws Exception {
        // The worker's attempt is whole but for its seal.
        String real = setup.java.orElseThrow();
        worker(
                "'" + real + "' \"$@\"",
                "size=$(wc -c < results/0)",
                "head -c $((size - 16)) results/0 > attempts/0.0.0.part",
                "rm results/0",
                "kill -KILL $$");
        FakeSite.Told map = site().map(Tasks.square(), 2, 2, ErrorPolicy.FAIL_FAST);
        assertThat(map.values()).containsExactly(0, 1);
        Thread.sleep(500);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A worker that a signal ended is tried again, and the attempts are bounded")
    void signals() throws Exception {
        setup.attempts = 2;
        worker("kill -KILL $$");
        FakeSite.Told call = site().call(Tasks.answer());
        assertThat(call.failure(0)).isInstanceOf(WorkerDiedException.class).hasMessageContaining("signal 9");
        assertThat(site.submissions()).isEqualTo(2);
        assertThat(call.retried).containsExactly("1 FAILED");
        assertThat(call.staged).as("the class path, and the task").hasSize(2).allMatch(bytes -> bytes > 0);
        FakeSite.Told second = site.call(Tasks.answer());
        assertThat(second.failure(0)).isInstanceOf(WorkerDiedException.class);
        assertThat(second.staged).as("the class path is there").hasSize(1);
    }

    @Test
    @DisplayName("Elements that die at about the same time are tried again as one array, not one by one")
    void diedTogether() throws Exception {
        setup.retryDelay = Duration.ofSeconds(2);
        setup.mapElements = 6;
        Path go = dir.resolve("go");
        worker(
                "numbers() { shift $(($# - 4)); element=$1; attempt=$2; }",
                "numbers \"$@\"",
                "if [ \"$attempt\" = 0 ] && [ $((element % 2)) = 0 ]; then",
                "    while [ ! -e '" + go + "' ]; do sleep 0.05; done",
                "    kill -KILL $$",
                "fi",
                "exec '" + setup.java.orElseThrow() + "' \"$@\"");
        FakeSite.Told map = site().map(Tasks.square(), 6, 1, ErrorPolicy.FAIL_FAST);
        FakeSite.await("the submission", () -> site.host.count("status") > 0);
        Files.createFile(go);
        assertThat(map.values()).containsExactly(0, 1, 4, 9, 16, 25);
        assertThat(site.submissions()).isEqualTo(2);
        assertThat(site.state.resolve("2/count")).hasContent("3");
    }

    @Test
    @DisplayName(
            "No more jobs are submitted within a minute than the settings allow; the others wait, and say so (R21)")
    void submitsPerMinute() throws Exception {
        setup.submitsPerMinute = 2;
        assertThat(site().call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        FakeSite.Told third = site.call(Tasks.answer());
        FakeSite.await(
                "the word that it waits",
                () -> third.statuses.stream().anyMatch(s -> s.detail().contains("submits-per-minute = 2")));
        Thread.sleep(500);
        assertThat(site.submissions()).isEqualTo(2);
        assertThat(third.isOver()).isFalse();
    }

    @Test
    @DisplayName("A job with a lease ends itself when no driver shows itself, and is run again by one that does (R28)")
    void lease() throws Exception {
        setup.lease = Optional.of(Duration.ofSeconds(3));
        setup.attempts = 1;
        Path go = dir.resolve("go");
        FakeSite.Told call = site().call(Tasks.waitFor(go.toString()));
        Thread.sleep(5000);
        assertThat(site.host.count("look")).isPositive();
        assertThat(exitRecords()).isEmpty(); // it lives, because the lease is renewed
        site.host.always("look", FaultyHost.unreachable());
        FakeSite.await("the end of the worker", () -> !exitRecords().isEmpty());
        assertThat(Files.readString(exitRecords().get(0))).contains("code=95\n");
        site.host.never("look");
        FakeSite.await("the second attempt", () -> site.host.count("submit") == 2);
        Files.createFile(go);
        assertThat(call.value(0)).isEqualTo("seen");
    }

    private List<Path> exitRecords() {
        try (var all = Files.walk(site.work.resolve("jobs"))) {
            return all.filter(p -> p.toString().matches(".*/exits/[0-9].*")).toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of(); // something was just being renamed
        }
    }

    @Test
    @DisplayName("What has gone from the queue before it had begun was cancelled by somebody, and is not tried again")
    void cancelledWhileWaiting() throws Exception {
        Files.writeString(site().state.resolve("hold"), "Priority");
        FakeSite.Told call = site.call(Tasks.answer());
        FakeSite.await(
                "that it waits",
                () -> call.statuses.stream().anyMatch(s -> s.detail().equals("Priority")));
        Files.createFile(site.state.resolve("1/gone"));
        assertThat(call.failure(0)).isInstanceOf(CancellationException.class).hasMessageContaining("while it waited");
        assertThat(site.submissions()).isEqualTo(1);
    }

    // ---------------------------------------------------------------- trouble with results

    @Test
    @DisplayName("Looks and fetches that fail are repeated")
    void looksFail() throws Exception {
        setup.result = Duration.ofSeconds(5);
        site().host.next("look", FaultyHost.unreachable(), FaultyHost.answers(0, "cut", ""));
        site.host.next(
                "fetch",
                FaultyHost.unreachable(),
                FaultyHost.answers(0, "", ""),
                FaultyHost.answers(1, "", "tar: something"));
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A result that is cut at first is fetched again until it is whole, and told once (R31)")
    void cutAtFirst() throws Exception {
        site().host.next("fetch", (c, real) -> {
            cutResults(true);
            try {
                return real.run();
            } finally {
                cutResults(false);
            }
        });
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.host.count("fetch")).isGreaterThanOrEqualTo(2);
        assertThat(site.submissions()).isEqualTo(1);
    }

    private void cutResults(boolean cut) {
        try (var all = Files.walk(site.work.resolve("jobs"))) {
            for (Path p : all.filter(f -> f.toString().matches(".*/results/0(\\.whole)?"))
                    .toList()) {
                Path whole = Path.of(p.toString().replace(".whole", "") + ".whole");
                Path result = Path.of(p.toString().replace(".whole", ""));
                if (cut && !p.toString().endsWith(".whole")) {
                    byte[] bytes = Files.readAllBytes(p);
                    Files.move(p, whole);
                    Files.write(result, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                } else if (!cut && p.toString().endsWith(".whole")) {
                    Files.move(whole, result, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("A result that stays unreadable is a failure that says so, and does not hang")
    void damagedForEver() throws Exception {
        setup.result = Duration.ofMillis(300);
        worker("echo nonsense > results/0");
        assertThat(site().call(Tasks.answer()).failure(0))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("can't be read");
    }

    @Test
    @DisplayName("A result that the driver can't keep (its disk is full) is a failure in the end, without haste")
    void noRoomHere() throws Exception {
        setup.result = Duration.ofMillis(1500);
        site().host.always("fetch", (c, real) -> {
            blockResults();
            return real.run();
        });
        FakeSite.Told call = site.call(Tasks.large(300_000));
        assertThat(call.failure(0)).hasMessageContaining("can't be read");
        assertThat(site.host.count("fetch")).isLessThan(20);
    }

    private void blockResults() {
        try (var all = Files.walk(dir.resolve("state/runs"))) {
            for (Path p : all.filter(f -> f.endsWith("results") && Files.isDirectory(f))
                    .toList()) {
                Files.delete(p);
                Files.createFile(p);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("A job that has ended well and whose result is seen late is not lost")
    void lateResult() throws Exception {
        setup.result = Duration.ofSeconds(20);
        String real = setup.java.orElseThrow();
        worker(
                "'" + real + "' \"$@\"",
                "mv results/0 late",
                "(sleep 1.5; mv late results/0) >/dev/null 2>&1 &",
                "rm -f exits/*",
                "kill -KILL $PPID");
        Path fake = site().root.resolve("fake");
        Files.writeString(
                fake,
                Files.readString(fake).replace("read -r code", "code=0; test -e \"$state/$1/$i.end\" || read -r code"));
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(site.submissions()).isEqualTo(1);
    }

    // ---------------------------------------------------------------- ending

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("A job that is cancelled while it is being submitted is cancelled at the scheduler, too")
    void cancelledWhileShipping(boolean heard) throws Exception {
        Path go = dir.resolve("go");
        FakeSite.Told[] call = new FakeSite.Told[1];
        java.util.concurrent.CountDownLatch started = new java.util.concurrent.CountDownLatch(1);
        site().host.next("submit", (c, real) -> {
            var r = real.run();
            started.await();
            call[0].submission.cancel(new CancellationException("enough"));
            Thread.sleep(200);
            if (heard) {
                return r;
            }
            throw new HostException("the answer was lost");
        });
        call[0] = site.call(Tasks.waitFor(go.toString()));
        started.countDown();
        assertThat(call[0].failure(0)).hasMessage("enough");
        awaitCancelled();
    }

    /** Until the first job, and nothing else, has been cancelled at the scheduler. */
    private void awaitCancelled() throws InterruptedException {
        FakeSite.await("the order", () -> {
            try {
                return site.cancelled().equals("1\n");
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    @DisplayName("A cancel that fails is repeated")
    void cancelFails() throws Exception {
        site().host.next("cancel", FaultyHost.unreachable(), FaultyHost.answers(1, "", "no"));
        FakeSite.Told call = site.call(Tasks.waitFor("/nowhere"));
        FakeSite.await("a question", () -> site.host.count("status") > 0);
        call.submission.cancel(new CancellationException("enough"));
        assertThat(call.failure(0)).hasMessage("enough");
        FakeSite.await("cancels", () -> site.host.count("cancel") == 3);
    }

    @Test
    @DisplayName("The first failure ends a map that fails fast; its other elements are cancelled")
    void failFast() throws Exception {
        FakeSite.Told map = site().map(Tasks.failAt(0), 2, 1, ErrorPolicy.FAIL_FAST);
        assertThat(map.failure(0)).hasMessageContaining("number 0");
        assertThat(map.results()).hasSize(2);
    }

    @Test
    @DisplayName("Closing cancels what runs, and every future ends")
    void closing() throws Exception {
        FakeSite.Told call = site().call(Tasks.waitFor("/nowhere"));
        FakeSite.await("a question", () -> site.host.count("status") > 0);
        site.executor.close();
        assertThat(call.isOver()).isTrue();
        assertThat(call.failure(0)).isInstanceOf(CancellationException.class);
        assertThat(site.cancelled()).isEqualTo("1\n");
    }

    @Test
    @DisplayName("Closing waits for a submit whose answer was lost, so that its job is cancelled")
    void closingWhileUnsure() throws Exception {
        java.util.concurrent.CountDownLatch submitted = new java.util.concurrent.CountDownLatch(1);
        site().host.next("submit", (c, real) -> {
            real.run();
            submitted.countDown();
            throw new HostException("the answer was lost");
        });
        FakeSite.Told call = site.call(Tasks.waitFor("/nowhere"));
        submitted.await();
        Thread.sleep(100);
        site.executor.close();
        assertThat(call.isOver()).isTrue();
        assertThat(site.cancelled()).isEqualTo("1\n");
    }

    @Test
    @DisplayName("Closing with on-close = detach does not cancel a job that is just being submitted")
    void detachWhileShipping() throws Exception {
        setup.onClose = io.clustrix.internal.config.BatchSettings.OnClose.DETACH;
        java.util.concurrent.CountDownLatch submitted = new java.util.concurrent.CountDownLatch(1);
        site().host.next("submit", (c, real) -> {
            var r = real.run();
            submitted.countDown();
            Thread.sleep(500);
            return r;
        });
        FakeSite.Told call = site.call(Tasks.waitFor("/nowhere"));
        submitted.await();
        site.executor.close();
        assertThat(call.failure(0)).hasMessageContaining("the job goes on");
        assertThat(site.cancelled()).isEmpty();
    }

    @Test
    @DisplayName("A journal that can't be written any more keeps no future from completing")
    void journalBreaks() throws Exception {
        worker("sleep 0.5; exit 3");
        Path go = dir.resolve("go");
        FakeSite.Told dead = site().call(Tasks.waitFor(go.toString()));
        FakeSite.Told other = site.call(Tasks.waitFor(go.toString()));
        FakeSite.await("two jobs", () -> site.host.count("submit") == 2 && site.host.count("status") > 0);
        site.runs.current().orElseThrow().close();
        assertThat(dead.failure(0)).isInstanceOf(WorkerDiedException.class);
        assertThat(other.failure(0)).isInstanceOf(WorkerDiedException.class);
    }

    // ---------------------------------------------------------------- the next driver

    /** The run of a driver that is gone without having heard whether its submit was accepted. */
    private String leftUnsure(FaultyHost.Fault submit, Path go) throws Exception {
        setup.onClose = io.clustrix.internal.config.BatchSettings.OnClose.DETACH;
        site().host.next("submit", submit);
        site.host.always("find", FaultyHost.unreachable());
        FakeSite.Told call = site.call(Tasks.waitFor(go.toString()));
        FakeSite.await("the submit", () -> site.host.count("submit") > 0);
        Thread.sleep(300);
        site.executor.close();
        assertThat(call.isOver()).isTrue();
        String id = site.runs.current().orElseThrow().id();
        site.runs.close();
        site = null;
        return id;
    }

    /** Ends the driver as if it had been killed; its run. */
    private String killed() {
        RunBook book = site.runs.current().orElseThrow();
        book.giveBack();
        site.executor.close();
        return book.id();
    }

    private FakeSite.Told attach(String id) throws IOException {
        return attach(id, 1);
    }

    private FakeSite.Told attach(String id, int tasks) throws IOException {
        RunBook book = site().runs.attach(id);
        assertThat(book.jobs()).hasSize(1);
        FakeSite.Told told = new FakeSite.Told(tasks);
        told.submission = site.executor.resume(book, book.jobs().get(0), told);
        return told;
    }

    @Test
    @DisplayName(
            "The next driver finds what the last one had submitted without hearing of it, and repeats nothing (R27)")
    void attachAccepted() throws Exception {
        Path go = dir.resolve("go");
        String id = leftUnsure(FaultyHost.deaf(), go);
        FakeSite.Told again = attach(id);
        Files.createFile(go);
        assertThat(again.value(0)).isEqualTo("seen");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("The next driver submits what the last one had not got through (R27)")
    void attachNotAccepted() throws Exception {
        Path go = dir.resolve("go");
        Files.createFile(go);
        String id = leftUnsure(FaultyHost.unreachable(), go);
        FakeSite.Told again = attach(id);
        assertThat(again.value(0)).isEqualTo("seen");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("What a worker had finished before it died is there for the next driver, too")
    void attachPartial() throws Exception {
        FakeSite.Told map = site().map(Tasks.exitAt(1), 3, 3, ErrorPolicy.FAIL_FAST);
        assertThat(map.value(0)).isEqualTo(0);
        assertThat(map.failure(1)).isInstanceOf(WorkerDiedException.class);
        String id = killed();
        site = null;
        FakeSite.Told told = attach(id, 3);
        assertThat(told.value(0)).isEqualTo(0);
        assertThat(told.failure(1)).isInstanceOf(WorkerDiedException.class);
        assertThat(told.failure(2)).isInstanceOf(WorkerDiedException.class);
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "Elements whose siblings an earlier driver has the results of were in the queue, for the next driver, too")
    void attachBesideOthers() throws Exception {
        setup.unknown = Duration.ofSeconds(60); // the first driver judges nothing
        FakeSite.Told left = missingElement();
        FakeSite.await("the others' results", () -> left.ended() == 2);
        int asked = site.host.count("status");
        FakeSite.await("the engine to have noted them", () -> site.host.count("status") > asked + 1);
        String id = killed();
        site = null;
        setup.unknown = Duration.ofMillis(300);
        knowsNothing();
        FakeSite.Told told = attach(id, 3);
        assertThat(told.value(0)).isEqualTo(0);
        assertThat(told.failure(1)).isInstanceOf(CancellationException.class).hasMessageContaining("while it waited");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("A job whose driver was killed before it had told the scheduler to cancel it is cancelled by the next")
    void attachCancelled() throws Exception {
        FakeSite.Told call = site().call(Tasks.waitFor(dir.resolve("never").toString()));
        FakeSite.await("a question", () -> site.host.count("status") > 0);
        site.host.always("cancel", FaultyHost.unreachable());
        call.submission.cancel(new CancellationException("enough"));
        assertThat(call.failure(0)).hasMessage("enough");
        String id = killed();
        assertThat(site.cancelled()).isEmpty();
        site = null;
        FakeSite.Told told = attach(id);
        assertThat(told.failure(0)).isInstanceOf(CancellationException.class);
        awaitCancelled();
    }

    @Test
    @DisplayName(
            "A host that lets nobody in ends the futures, not the run: it can be attached to when that is mended (R45)")
    void attachInVain() throws Exception {
        Path go = dir.resolve("go");
        Files.createFile(go);
        String id = leftUnsure(FaultyHost.unreachable(), go);
        site().host.always("prepare", FaultyHost.refused());
        site.host.always("find", FaultyHost.refused());
        RunBook book = site.runs.attach(id);
        FakeSite.Told told = new FakeSite.Told(1);
        told.submission = site.executor.resume(book, book.jobs().get(0), told);
        assertThat(told.failure(0)).isInstanceOf(HostException.class).hasMessageContaining("attach to run " + id);
        site.executor.close();
        book.close();
        site.runs.close();
        site = null;
        assertThat(attach(id).value(0)).isEqualTo("seen");
        assertThat(site.submissions()).isEqualTo(1);
    }

    @Test
    @DisplayName("An attached job whose executor closes at once does not hang")
    void attachAndClose() throws Exception {
        String id = leftUnsure(FaultyHost.deaf(), dir.resolve("go"));
        setup.onClose = io.clustrix.internal.config.BatchSettings.OnClose.CANCEL;
        FakeSite.Told again = attach(id);
        site.executor.close();
        assertThat(again.isOver()).isTrue();
        assertThat(again.failure(0)).isInstanceOf(CancellationException.class);
    }

    @RepeatedTest(5)
    @DisplayName("A job that is attached to and cancelled is cancelled, though the executor closes at once")
    void attachCancelAndClose() throws Exception {
        setup.onClose = io.clustrix.internal.config.BatchSettings.OnClose.DETACH;
        FakeSite.Told left = site().call(Tasks.waitFor(dir.resolve("never").toString()));
        FakeSite.await("a question", () -> site.host.count("status") > 0);
        String id = site.runs.current().orElseThrow().id();
        site.executor.close();
        assertThat(left.failure(0)).hasMessageContaining("the job goes on");
        site.runs.close();
        site = null;
        FakeSite.Told again = attach(id);
        again.submission.cancel(new CancellationException("enough"));
        site.executor.close();
        assertThat(again.failure(0)).isInstanceOf(CancellationException.class);
        assertThat(site.cancelled()).isEqualTo("1\n");
        Path home = RunFiles.directory(dir.resolve("state")).resolve(id);
        assertThat(JobView.of(home))
                .singleElement()
                .satisfies(job -> assertThat(job.state()).contains(JobState.CANCELLED));
    }

    @Test
    @DisplayName("A listener that throws harms neither its own job nor others")
    void badListener() throws Exception {
        Job job = new Job(FakeSite.key(), new Work.Call(Tasks.answer()), JobOptions.named("x"));
        site().executor.submit(job, new io.clustrix.spi.JobListener() {
            @Override
            public void completed(int task, io.clustrix.spi.TaskResult result) {
                throw new IllegalStateException("bad listener");
            }

            @Override
            public boolean wantsOutput() {
                throw new IllegalStateException("bad listener");
            }
        });
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
    }
}

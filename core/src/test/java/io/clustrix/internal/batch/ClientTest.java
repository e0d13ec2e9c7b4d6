package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine with a scheduler that a client calls, and nodes that don't see its host's files. */
@Timeout(90)
class ClientTest {
    @TempDir
    private Path dir;

    private final FakeSite.Setup setup = new FakeSite.Setup();
    private FakeSite site;
    private CopyingClient client;

    private void begin() throws IOException {
        site = new FakeSite(dir, setup, changed -> client = new CopyingClient(dir, changed));
    }

    @AfterEach
    void end() {
        if (site != null) {
            site.close();
            assertThat(client.closed).isTrue();
        }
    }

    @Test
    @DisplayName("A call and a map come back from nodes that have copies; the scheduler may forget them then")
    void well() throws Exception {
        begin();
        FakeSite.Told call = site.call(Tasks.answer());
        FakeSite.Told map = site.map(Tasks.square(), 7, 2, ErrorPolicy.FAIL_FAST);
        assertThat(call.value(0)).isEqualTo(42);
        assertThat(map.values()).containsExactly(0, 1, 4, 9, 16, 25, 36);
        FakeSite.await("both to be forgotten", () -> client.forgotten.size() == 2);
        assertThat(client.submitted).allSatisfy(files -> {
            assertThat(files.shared())
                    .isNotEmpty()
                    .allSatisfy(s -> assertThat(s.value())
                            .startsWith(files.workDirectory().value() + "/store/"));
            assertThat(files.lease()).isEmpty();
        });
        // An archive of classes would be each node's own, and for nobody.
        try (var all = Files.walk(dir.resolve("on the node"))) {
            assertThat(all.filter(f -> f.toString().contains("classes-"))).isEmpty();
        }
    }

    @Test
    @DisplayName("Provisioning looks for a Java where jobs run, and not on the host")
    void provisioning() throws Exception {
        setup.checkOnHost = true;
        begin();
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(dir.resolve("on the node/env")).isDirectory();
        assertThat(client.submitted.get(0).workDirectory().value()).isEqualTo(site.work.toString());
    }

    @Test
    @DisplayName("A class path that nodes have already is neither sent nor looked for")
    void ownClassPath() throws Exception {
        begin();
        client.classPath = Optional.of(new FakeSite.Context(dir)
                .classPath().stream().map(Path::toString).toList());
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(client.submitted.get(0).shared()).isEmpty();
        try (var store = Files.list(site.work.resolve("store"))) {
            assertThat(store).isEmpty();
        }
    }

    @Test
    @DisplayName("A refusal is told with the scheduler's words")
    void refused() throws Exception {
        begin();
        client.refusal = "exceeded quota: pods=10";
        assertThat(site.call(Tasks.answer()).failure(0))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("exceeded quota: pods=10")
                .hasMessageContaining("ask for less");
    }

    @Test
    @DisplayName("A submission whose answer is lost is found by its name, and not made twice (R20)")
    void unanswered() throws Exception {
        begin();
        client.unanswered.set(1);
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        assertThat(client.submitted).hasSize(1);
    }

    @Test
    @DisplayName("What is kept of a job is removed on demand, here and by the client")
    void cleanKept() throws Exception {
        setup.cleanUp = BatchSettings.CleanUp.NEVER;
        begin();
        assertThat(site.call(Tasks.answer()).value(0)).isEqualTo(42);
        List<JobView> jobs = site.overJobs();
        assertThat(site.executor.kept(jobs)).hasSize(1);

        site.executor.clean(jobs);

        assertThat(site.executor.kept(jobs)).isEmpty();
        assertThat(client.cancelled)
                .containsExactly(jobs.get(0).submissions().get(0).id().orElseThrow());
    }

    @Test
    @DisplayName("Cancelling ends what runs")
    void cancel() throws Exception {
        Path java = Files.writeString(dir.resolve("java.sh"), "#!/bin/sh\nexec sleep 60\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        setup.java = Optional.of(java.toString());
        begin();
        FakeSite.Told call = site.call(Tasks.answer());
        FakeSite.await("the submission", () -> !client.submitted.isEmpty());
        call.submission.cancel(new CancellationException("enough"));
        assertThat(call.failure(0)).isInstanceOf(CancellationException.class).hasMessage("enough");
        FakeSite.await(
                "the cancel",
                () -> client.status(List.of()).values().stream()
                        .allMatch(s ->
                                s.detail().equals("cancelled") || s.detail().startsWith("ended")));
    }

    @Test
    @DisplayName("A client is told of the work directory before it is asked for states, also by a driver that attaches")
    void askedLate() throws Exception {
        Path work = dir.resolve("work");
        NativeId id = NativeId.of("7");
        try (CopyingClient other = new CopyingClient(dir, () -> {})) {
            other.states.put(id, JobStatus.of(JobState.RUNNING, "it runs"));
            Site asked = new Site(setup.settings(work), new ClientCalls(other), FakeSite.environments(setup, work));
            assertThat(asked.status(List.of(id))).containsKey(id);
        }
    }
}

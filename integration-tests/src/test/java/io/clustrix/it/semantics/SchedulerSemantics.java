package io.clustrix.it.semantics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.it.Await;
import io.clustrix.it.bed.Ran;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What a scheduler does with jobs, by its own commands. It is held against real ones and against their fakes, so that
 * what is tested on a fake holds on the real one.
 *
 * <p>States are told in these words: {@code PENDING, RUNNING, OK, FAILED n, CANCELLED, TIMEOUT, GONE}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@Timeout(90)
abstract class SchedulerSemantics {
    /** What a job asks for. */
    record Asked(boolean held, int elements, int atOnce, int seconds) {
        static final Asked NOTHING = new Asked(false, 0, 0, 0);
        static final Asked HELD = new Asked(true, 0, 0, 0);
    }

    /** A command that is refused. */
    record Refused(String line, int exit, String text) {}

    private final AtomicInteger count = new AtomicInteger();

    abstract Place open() throws Exception;

    /**
     * The line that submits the file {@code NAME.sh}; its output goes to {@code NAME.out}, of elements to
     * NAME.INDEX.out.
     */
    abstract String submit(String name, Asked asked);

    /** The id in the answer of the submit command. */
    abstract String id(String answer);

    abstract String element(String id, int index);

    abstract String state(String id) throws Exception;

    abstract Ran cancel(String id) throws Exception;

    abstract Ran release(String id) throws Exception;

    /** The ids of the jobs in the queue that have a name. */
    abstract List<String> find(String name) throws Exception;

    /** The index of an array's first element. */
    abstract int first();

    /** The variables with a job's id and an element's index. */
    abstract List<String> variables();

    abstract List<Refused> refusals();

    /** What cancelling says of an id that nobody knows, and its exit code. */
    abstract Refused unknown();

    /** What a job is that was cancelled while it waited. */
    abstract String cancelledUnrun();

    /** Whether a walltime is over within seconds, and not within a minute or so. */
    abstract boolean promptWalltime();

    private Place place;

    @BeforeAll
    void opened() throws Exception {
        place = open();
    }

    @AfterAll
    void closed() throws Exception {
        place.close();
    }

    Place place() {
        return place;
    }

    Ran run(String line) throws Exception {
        return place.run(line);
    }

    private String name() {
        return "clx" + Long.toString(System.nanoTime(), 36) + count.incrementAndGet();
    }

    private String submitted(String name, Asked asked, String script) throws Exception {
        Ran ran = run("printf '%s\\n' '#!/bin/sh' '" + script.replace("'", "'\\''") + "' >" + name + ".sh && "
                + submit(name, asked));
        assertThat(ran.exitCode()).as(ran.errors()).isZero();
        return id(ran.output());
    }

    private void await(String id, String state) throws Exception {
        Await.until(id + " is " + state, Duration.ofSeconds(60), () -> state(id).equals(state));
    }

    private String output(String file) throws Exception {
        Await.until(file + " is there", () -> run("test -s " + file).exitCode() == 0);
        return run("cat " + file).output();
    }

    @Test
    @DisplayName("a job runs, with its id in its environment and its output in the file that it has asked for")
    void output() throws Exception {
        String name = name();
        String id = submitted(name, Asked.NOTHING, "echo \"id $" + variables().get(0) + "\"");
        await(id, "OK");
        assertThat(output(name + ".out")).isEqualTo("id " + id + "\n");
    }

    @Test
    @DisplayName("the exit code of a job is told")
    void exitCode() throws Exception {
        await(submitted(name(), Asked.NOTHING, "exit 7"), "FAILED 7");
    }

    @Test
    @DisplayName("the elements of an array are told apart by their index, in environment, files and states")
    void array() throws Exception {
        String name = name();
        int first = first();
        String index = "$" + variables().get(1);
        String id = submitted(
                name, new Asked(false, 3, 0, 0), "echo \"index " + index + "\"; test " + index + " -ne " + (first + 1));
        await(element(id, first), "OK");
        await(element(id, first + 1), "FAILED 1");
        await(element(id, first + 2), "OK");
        for (int i = first; i < first + 3; i++) {
            assertThat(output(name + "." + i + ".out")).isEqualTo("index " + i + "\n");
        }
    }

    @Test
    @DisplayName("of an array no more elements run at once than was asked for")
    void limit() throws Exception {
        int first = first();
        String id = submitted(name(), new Asked(false, 2, 1, 0), "while [ ! -e go-on ]; do sleep 0.1; done");
        await(element(id, first), "RUNNING");
        assertThat(state(element(id, first + 1))).isEqualTo("PENDING");
        cancel(id);
    }

    @Test
    @DisplayName("a job that is held waits, and is found by its name; released, it runs")
    void held() throws Exception {
        String name = name();
        String id = submitted(name, Asked.HELD, "exit 0");
        await(id, "PENDING");
        assertThat(find(name)).containsExactly(id);
        assertThat(find(name + "x")).isEmpty();
        assertThat(release(id).exitCode()).isZero();
        await(id, "OK");
    }

    @Test
    @DisplayName("a job can be cancelled while it waits")
    void cancelPending() throws Exception {
        String id = submitted(name(), Asked.HELD, "exit 0");
        await(id, "PENDING");
        assertThat(cancel(id).exitCode()).isZero();
        await(id, cancelledUnrun());
    }

    @Test
    @DisplayName("a job can be cancelled while it runs; its processes end")
    void cancelRunning() throws Exception {
        String name = name();
        String id = submitted(name, Asked.NOTHING, "echo $$; sleep 300; echo over");
        String pid = output(name + ".out").strip();
        await(id, "RUNNING");
        assertThat(cancel(id).exitCode()).isZero();
        await(id, "CANCELLED");
        Await.until("its process is gone", () -> run("test -d /proc/" + pid).exitCode() != 0);
    }

    @Test
    @DisplayName("cancelling a job that nobody knows says so in the scheduler's way")
    void cancelUnknown() throws Exception {
        Ran ran = cancel("999999");
        assertThat(ran.exitCode()).isEqualTo(unknown().exit());
        assertThat(ran.output() + ran.errors()).isEqualTo(unknown().text());
    }

    @Test
    @DisplayName("refusals have their texts and exit codes")
    void refused() throws Exception {
        run("printf '#!/bin/sh\\nexit 0\\n' >job.sh");
        SoftAssertions all = new SoftAssertions();
        for (Refused r : refusals()) {
            Ran ran = run(r.line());
            all.assertThat(ran.errors()).as(r.line()).isEqualTo(r.text());
            all.assertThat(ran.exitCode()).as(r.line()).isEqualTo(r.exit());
        }
        all.assertAll();
    }

    @Test
    @DisplayName("a job whose walltime is over is ended")
    void walltime() throws Exception {
        assumeTrue(place.fake().isPresent() || promptWalltime(), "takes more than a minute on the real one");
        String id = submitted(name(), new Asked(false, 0, 0, 5), "sleep 300");
        await(id, "RUNNING");
        place.fake().ifPresent(f -> f.advance(Duration.ofSeconds(61)));
        await(id, "TIMEOUT");
    }
}

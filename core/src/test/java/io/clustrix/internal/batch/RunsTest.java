package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RunsTest {
    @TempDir
    private Path dir;

    private Runs runs() {
        return new Runs(dir, Duration.ofDays(7), false);
    }

    private static JobRecord record(long low) {
        return new JobRecord(
                new JobKey(1, low),
                "hpc",
                "x",
                true,
                ErrorPolicy.COLLECT,
                Resources.none(),
                Map.of(),
                "",
                1,
                1,
                0,
                List.of());
    }

    private Path home(String id) {
        return dir.resolve("runs").resolve(id);
    }

    private void age(String id) throws IOException {
        Files.setLastModifiedTime(
                RunBook.journal(home(id)), FileTime.from(Instant.now().minus(Duration.ofDays(8))));
    }

    @Test
    @DisplayName("A run is made when it is first needed, for its owner alone, and is one for the whole program")
    void made() throws Exception {
        try (Runs runs = runs()) {
            assertThat(runs.current()).isEmpty();
            assertThat(runs.ids()).isEmpty();
            RunBook book = runs.own();
            assertThat(runs.own()).isSameAs(book);
            assertThat(runs.ids()).containsExactly(book.id());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home(book.id()))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    @DisplayName("What a driver left is found by the next, in order; a run that is not over keeps its files (R27)")
    void attach() throws Exception {
        String id;
        try (Runs first = runs()) {
            RunBook book = first.own();
            id = book.id();
            book.note(new RunEntry.Taken(record(1)));
            book.note(new RunEntry.Taken(record(2)));
            book.note(new RunEntry.Accepted(record(1).key(), 0, NativeId.of("77")));
            book.over(record(2).key(), JobState.SUCCEEDED);
            Files.writeString(book.result(record(1).key(), 0), "result");
        }
        try (Runs second = runs()) {
            RunBook book = second.attach(id);
            assertThat(book.jobs())
                    .extracting(AttachedJob::key)
                    .containsExactly(record(1).key(), record(2).key());
            assertThat(book.jobs().get(0).entries()).hasSize(2);
            assertThat(book.result(record(1).key(), 0)).hasContent("result");
        }
    }

    @Test
    @DisplayName("A run that is given back can be attached to again, with all its results")
    void givenBack() throws Exception {
        String id;
        try (Runs first = runs()) {
            id = first.own().id();
            first.own().note(new RunEntry.Taken(record(1)));
        }
        try (Runs second = runs();
                Runs third = runs()) {
            RunBook book = second.attach(id);
            Files.writeString(book.result(record(1).key(), 0), "result");
            book.over(record(1).key(), JobState.SUCCEEDED);
            second.giveBack(book);
            assertThat(third.attach(id).result(record(1).key(), 0)).exists();
        }
    }

    @Test
    @DisplayName("A run whose driver is alive can't be attached to, nor one that does not exist")
    void refused() throws Exception {
        try (Runs first = runs();
                Runs second = runs()) {
            String id = first.own().id();
            assertThatThrownBy(() -> second.attach(id)).hasMessageContaining("lock");
            assertThatThrownBy(() -> second.attach("20200101-000000-aaaaaa"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("there is no run")
                    .hasMessageContaining(id);
            assertThatThrownBy(() -> second.attach("../../etc")).isInstanceOf(ConfigurationException.class);
        }
    }

    @Test
    @DisplayName("The end of a journal that was torn by a crash is dropped; what stands before it is there (R31)")
    void torn() throws Exception {
        String id;
        try (Runs first = runs()) {
            id = first.own().id();
            first.own().note(new RunEntry.Taken(record(1)));
        }
        Files.write(RunBook.journal(home(id)), new byte[] {0, 0, 0, 40, 1, 2, 3}, StandardOpenOption.APPEND);
        try (Runs second = runs()) {
            assertThat(second.attach(id).jobs()).hasSize(1);
        }
    }

    @Test
    @DisplayName("Old runs in which everything is over are forgotten; those with open jobs and young ones are kept")
    void forgotten() throws Exception {
        String over;
        String open;
        String young;
        try (Runs runs = runs()) {
            over = runs.own().id();
            runs.own().note(new RunEntry.Taken(record(1)));
            runs.own().over(record(1).key(), JobState.FAILED);
        }
        try (Runs runs = runs()) {
            open = runs.own().id();
            runs.own().note(new RunEntry.Taken(record(1)));
        }
        try (Runs runs = runs()) {
            young = runs.own().id();
        }
        age(over);
        age(open);
        try (Runs runs = runs()) {
            String own = runs.own().id();
            assertThat(runs.ids()).containsExactlyInAnyOrder(open, young, own);
        }
    }

    @Test
    @DisplayName("A run whose driver is alive is not forgotten, however long it has had nothing to do")
    void aliveAndIdle() throws Exception {
        try (Runs idle = runs();
                Runs other = runs()) {
            RunBook book = idle.own();
            age(book.id());
            other.own();
            assertThat(home(book.id())).exists();
            assertThatCode(() -> book.note(new RunEntry.Taken(record(1)))).doesNotThrowAnyException();
            assertThat(book.pack(record(1).key()).getParent()).exists();
        }
    }

    @Test
    @DisplayName("The tasks of a job that is over take no room; its results stay until the run is closed")
    void room() throws Exception {
        Runs runs = runs();
        RunBook book = runs.own();
        book.note(new RunEntry.Taken(record(1)));
        Files.writeString(book.pack(record(1).key()), "tasks");
        Files.writeString(book.result(record(1).key(), 0), "result");
        book.over(record(1).key(), JobState.SUCCEEDED);
        assertThat(book.pack(record(1).key())).doesNotExist();
        assertThat(book.result(record(1).key(), 0)).exists();
        runs.close();
        runs.close();
        assertThat(book.result(record(1).key(), 0)).doesNotExist();
        assertThatThrownBy(runs::own).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("What must be in the journal first fails with it; what has happened is not stopped by it (R27)")
    void broken() {
        try (Runs runs = runs()) {
            RunBook book = runs.own();
            book.note(new RunEntry.Taken(record(1)));
            book.close();
            assertThatThrownBy(() -> book.note(new RunEntry.Taken(record(2)))).hasMessageContaining("journal");
            assertThatThrownBy(() -> book.note(new RunEntry.Submitting(
                            record(1).key(), 0, 0, ElementSet.range(0, 1), Resources.none(), "-")))
                    .hasMessageContaining("journal");
            assertThatCode(() -> {
                        book.note(new RunEntry.Fetched(record(1).key(), 0));
                        book.over(record(1).key(), JobState.SUCCEEDED);
                    })
                    .doesNotThrowAnyException();
        }
    }

    @Test
    @DisplayName("A state directory that can't be written is a matter of configuration")
    void unwritable() throws Exception {
        Path file = Files.createFile(dir.resolve("file"));
        try (Runs runs = new Runs(file, Duration.ofDays(1), false)) {
            assertThatThrownBy(runs::own)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("state-directory");
        }
    }
}

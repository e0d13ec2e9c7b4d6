package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Publishing results")
@Timeout(60)
final class PublisherTest {
    private static final Publisher NO_LINKS = (file, result) -> {
        throw new FileSystemException(file.getPath(), result.getPath(), "Operation not supported");
    };

    @TempDir
    Path directory;

    private File result;

    @BeforeEach
    void makeDirectories() throws IOException {
        result =
                Files.createDirectory(directory.resolve("results")).resolve("7").toFile();
        Files.createDirectory(directory.resolve("attempts"));
    }

    private File file(int i) throws IOException {
        return Files.writeString(directory.resolve("attempts/7.0." + i + ".part"), "content " + i)
                .toFile();
    }

    @Test
    @DisplayName("by link: the first gets the name, the second does not and changes nothing")
    void link() throws IOException {
        Publisher link = new Publisher.Link();
        assertThat(link.publish(file(0), result)).isTrue();
        assertThat(link.publish(file(1), result)).isFalse();
        assertThat(result).hasContent("content 0");
    }

    @Test
    @DisplayName("by link: that the name is taken by the very same file is success, as after a lost answer of NFS")
    void linkAgain() throws IOException {
        Publisher link = new Publisher.Link();
        File file = file(0);
        assertThat(link.publish(file, result)).isTrue();
        assertThat(link.publish(file, result)).isTrue();
    }

    @Test
    @DisplayName("without hard links: by rename, once")
    void rename() throws IOException {
        Publisher either = new Publisher.Either(NO_LINKS, new Publisher.Rename(5000));
        assertThat(either.publish(file(0), result)).isTrue();
        assertThat(either.publish(file(1), result)).isFalse();
        assertThat(result).hasContent("content 0");
    }

    @Test
    @DisplayName("without hard links: of many at once exactly one publishes")
    void renameAtOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            File target = directory.resolve("results/" + round).toFile();
            ExecutorService pool = Executors.newFixedThreadPool(8);
            try {
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Boolean>> futures = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    File file = file(100 * round + i);
                    futures.add(pool.submit(() -> {
                        start.await();
                        return new Publisher.Rename(10_000).publish(file, target);
                    }));
                }
                start.countDown();
                int published = 0;
                for (Future<Boolean> f : futures) {
                    published += f.get(20, TimeUnit.SECONDS) ? 1 : 0;
                }
                assertThat(published).isEqualTo(1);
            } finally {
                pool.shutdownNow();
            }
        }
    }

    @Test
    @DisplayName("without hard links: who died between claim and rename does not block the next for ever")
    void claimOfTheDead() throws IOException {
        Files.createDirectory(directory.resolve("attempts/7.claim"));
        assertThat(new Publisher.Rename(100).publish(file(0), result)).isTrue();
        assertThat(result).hasContent("content 0");
    }

    @Test
    @DisplayName("if no way works, the error names the last way's file and has the first's reason as suppressed")
    void neither() throws IOException {
        File lost = directory.resolve("nowhere/7").toFile();
        File file = file(0);
        Publisher either = new Publisher.Either(NO_LINKS, new Publisher.Rename(100));
        assertThatThrownBy(() -> either.publish(file, lost))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("not supported"));
        assertThat(directory.resolve("attempts/7.claim")).doesNotExist();
        assertThat(file).hasContent("content 0");
    }
}

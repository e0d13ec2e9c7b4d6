package io.clustrix.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.files.ClusterFileException.Reason;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host answers that can't be brought about on a real one; the rest is in the contract of files. */
class ClusterFileSystemTest {
    private static final String RECORD = "f/644/5/1700000000.25/anna/staff\0./file\0\0";

    private final Answers host = new Answers();
    private final ClusterFileSystem files = ClusterFileSystem.of("test", host);

    /** A host that answers the same to all. */
    private static final class Answers implements Host {
        private final List<Command> asked = new ArrayList<>();
        private String out = "";
        private String err = "";
        private int exit;
        private int times = 1;
        private int piece = Integer.MAX_VALUE;

        @Override
        public String name() {
            return "login1";
        }

        @Override
        public CommandResult run(Command command) {
            asked.add(command);
            return new CommandResult(command, exit, out, err, false, Duration.ZERO);
        }

        @Override
        public CommandResult run(Command command, OutputStream to) {
            asked.add(command);
            byte[] bytes = out.getBytes(StandardCharsets.UTF_8);
            try {
                for (int i = 0; i < times; i++) {
                    for (int at = 0; at < bytes.length; at += Math.min(piece, bytes.length - at)) {
                        to.write(bytes, at, Math.min(piece, bytes.length - at));
                    }
                }
            } catch (IOException e) {
                throw new HostException(Fault.USER, false, "the output could not be taken", List.of(), e);
            }
            return new CommandResult(command, exit, "", err, false, Duration.ZERO);
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName("records may come in pieces of any size")
    void pieces() throws InterruptedException {
        for (int piece : new int[] {1, 2, 7, 1000}) {
            host.piece = piece;
            host.out = RECORD + "l/777/9/-1.5/0/0\0./li\nnk\0to/é\0" + "d/1755/0/0/x/y z\0./-dir\0\0";

            assertThat(files.ls("data"))
                    .containsExactly(
                            new FileEntry(
                                    "data/-dir",
                                    FileEntry.Type.DIRECTORY,
                                    0,
                                    Instant.EPOCH,
                                    01755,
                                    "x",
                                    "y z",
                                    java.util.Optional.empty()),
                            new FileEntry(
                                    "data/file",
                                    FileEntry.Type.FILE,
                                    5,
                                    Instant.ofEpochSecond(1700000000, 250_000_000),
                                    0644,
                                    "anna",
                                    "staff",
                                    java.util.Optional.empty()),
                            new FileEntry(
                                    "data/li\nnk",
                                    FileEntry.Type.SYMLINK,
                                    9,
                                    Instant.ofEpochSecond(-2, 500_000_000),
                                    0777,
                                    "0",
                                    "0",
                                    java.util.Optional.of("to/é")));
        }
    }

    @Test
    @DisplayName("hosts without GNU's find answer with raw modes, in hexadecimal or octal")
    void rawModes() throws InterruptedException {
        host.out = "x/81a4/5/1/UNKNOWN/staff/1000/20\0./a\0\0" + "o/40755/5/1/anna//1000/20\0./b\0\0"
                + "x/a1ff/1/1/a/b/1/2\0./c\0t\0" + "x/c1ed/0/1/a/b/1/2\0./d\0\0";

        assertThat(files.ls("."))
                .extracting(
                        FileEntry::path, FileEntry::type, FileEntry::permissions, FileEntry::owner, FileEntry::group)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("a", FileEntry.Type.FILE, "rw-r--r--", "1000", "staff"),
                        org.assertj.core.groups.Tuple.tuple("b", FileEntry.Type.DIRECTORY, "rwxr-xr-x", "anna", "20"),
                        org.assertj.core.groups.Tuple.tuple("c", FileEntry.Type.SYMLINK, "rwxrwxrwx", "a", "b"),
                        org.assertj.core.groups.Tuple.tuple("d", FileEntry.Type.OTHER, "rwxr-xr-x", "a", "b"));
    }

    @Test
    @DisplayName("more than a list holds is an error, and none that holds a part; one by one there is no limit")
    void tooMany() throws InterruptedException {
        host.out = RECORD;
        host.times = ClusterFileSystem.MOST_ENTRIES;
        assertThat(files.ls("data")).hasSize(ClusterFileSystem.MOST_ENTRIES);

        host.times++;
        assertThatThrownBy(() -> files.ls("data"))
                .isInstanceOfSatisfying(
                        ClusterFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_MUCH))
                .hasMessageContaining("data on login1: there are more than 200000 entries");
        assertThat(files.countFiles("data")).isEqualTo(ClusterFileSystem.MOST_ENTRIES + 1L);
    }

    @Test
    @DisplayName("a file that is too large to be read at once is an error")
    void tooLarge() {
        host.out = "x".repeat(1 << 20);
        host.times = 65;

        assertThatThrownBy(() -> files.read("big"))
                .isInstanceOf(ClusterFileException.class)
                .hasMessageContaining("big on login1: it has more than 67108864 bytes");
    }

    @Test
    @DisplayName("an answer that is cut off or is none is an error, and no shorter list")
    void cutOff() {
        host.out = RECORD + "f/644/5";
        assertThatThrownBy(() -> files.ls(".")).isInstanceOf(ClusterFileException.class);
        host.out = "Welcome to login1!\0\0\0";
        assertThatThrownBy(() -> files.ls(".")).isInstanceOf(HostException.class);
        host.out = "";
        assertThatThrownBy(() -> files.stat("a")).isInstanceOf(ClusterFileException.class);
        assertThatThrownBy(() -> files.du("a")).isInstanceOf(ClusterFileException.class);
    }

    @Test
    @DisplayName("what vanished while it was read is left out; anything else below is an error that names it")
    void partly() throws InterruptedException {
        host.exit = 72;
        host.out = RECORD;
        host.err = "find: './gone': No such file or directory\n";
        assertThat(files.ls("data")).hasSize(1);

        host.err += "find: './secret': Permission denied\n";
        assertThatThrownBy(() -> files.find("data", "*"))
                .isInstanceOfSatisfying(
                        ClusterFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining("data on login1: not all below it can be read; './secret'");
    }

    @Test
    @DisplayName("an unknown end says what the host said")
    void unknown() {
        host.exit = 127;
        host.err = "sh: find: not found\n";
        assertThatThrownBy(() -> files.ls("data"))
                .hasMessageContaining("data on login1")
                .hasMessageContaining("sh: find: not found");
        assertThatThrownBy(() -> files.exists("data")).hasMessageContaining("not found");
    }

    @Test
    @DisplayName("each call has a time limit, which can be another")
    void timeouts() throws InterruptedException {
        files.countFiles("a");
        files.withTimeout(Duration.ofSeconds(3)).countFiles("a");
        assertThat(host.asked)
                .extracting(Command::timeout)
                .containsExactly(Duration.ofMinutes(10), Duration.ofSeconds(3));
        assertThatIllegalArgumentException().isThrownBy(() -> files.withTimeout(Duration.ZERO));
    }

    @Test
    @DisplayName("a copy that is not what was announced never gets the name, and leaves nothing")
    void damagedCopy(@TempDir Path directory) throws Exception {
        host.out = "3 " + "0".repeat(64) + "\nabc";
        Path target = directory.resolve("copy");

        assertThatThrownBy(() -> files.get("a", target))
                .isInstanceOfSatisfying(
                        ClusterFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DAMAGED));
        assertThat(directory).isEmptyDirectory();
        host.out = "4 " + "0".repeat(64) + "\nabc";
        assertThatThrownBy(() -> files.get("a", target)).isInstanceOf(ClusterFileException.class);
        host.out = "hello";
        assertThatThrownBy(() -> files.get("a", target)).isInstanceOf(ClusterFileException.class);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    @DisplayName("what is wrong here is told before the host is asked")
    void local(@TempDir Path directory) throws IOException {
        assertThatThrownBy(() -> files.get("a", directory)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> files.get("a", directory.resolve("no/copy"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.put(directory.resolve("no"), "a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.put(directory, "a")).isInstanceOf(IOException.class);
        Path file = Files.writeString(directory.resolve("f"), "x");
        assertThatIllegalArgumentException().isThrownBy(() -> files.put(file, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> files.ls("a\0b"));
        assertThatIllegalArgumentException().isThrownBy(() -> files.find("a", "b/c"));
        assertThat(host.asked).isEmpty();
    }
}

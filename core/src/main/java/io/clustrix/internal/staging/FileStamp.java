package io.clustrix.internal.staging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What a file looks like from outside. If it is the same as before, so is the content, unless the file was changed in
 * the moment before it was looked at: clocks of file systems are coarse.
 *
 * @param size in bytes
 * @param changed the newest of its times, in nanoseconds since 1970; with the time of the inode's change where there is
 *     one, as programs can set the time of modification back
 * @param identity the inode, or what the file system has instead
 */
record FileStamp(boolean directory, long size, long modified, long changed, String identity) {
    private static final Duration COARSEST_CLOCK = Duration.ofSeconds(2);

    static FileStamp of(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            Map<String, Object> all =
                    Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,fileKey,isDirectory");
            long modified = nanos(attribute(all, "lastModifiedTime", FileTime.class));
            return new FileStamp(
                    attribute(all, "isDirectory", Boolean.class),
                    attribute(all, "size", Long.class),
                    modified,
                    Math.max(modified, nanos(attribute(all, "ctime", FileTime.class))),
                    String.valueOf(all.get("fileKey")));
        }
        BasicFileAttributes all = Files.readAttributes(file, BasicFileAttributes.class);
        long modified = nanos(all.lastModifiedTime());
        return new FileStamp(all.isDirectory(), all.size(), modified, modified, String.valueOf(all.fileKey()));
    }

    private static <T> T attribute(Map<String, Object> all, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(all.get(name), name));
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }

    /** Whether the content may be remembered by this, if it was read after that moment. */
    boolean isSettled(Instant looked) {
        Instant newest = Instant.ofEpochSecond(0, changed);
        return newest.isBefore(looked.minus(COARSEST_CLOCK));
    }

    /** All of it, and the path. */
    List<String> parts(String path) {
        return List.of(path, Long.toString(size), Long.toString(modified), Long.toString(changed), identity);
    }
}

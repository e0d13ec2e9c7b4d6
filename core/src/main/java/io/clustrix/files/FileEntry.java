package io.clustrix.files;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a file, directory or other thing on a cluster.
 *
 * @param path where it is: below what was asked for, so that it can be asked for again. A byte that is no UTF-8 is the
 *     character {@code U+DC00} plus the byte
 * @param type what it is
 * @param size in bytes; of a directory whatever its file system says
 * @param modified when its content was last changed; some hosts know full seconds only
 * @param mode the permissions, with the bits for set-user-id, set-group-id and sticky: at most {@code 07777}
 * @param owner the user's name, or number where it has none
 * @param group the group's name, or number where it has none
 * @param linkTarget what a symbolic link says, as it stands there
 */
public record FileEntry(
        String path,
        Type type,
        long size,
        Instant modified,
        int mode,
        String owner,
        String group,
        Optional<String> linkTarget) {

    /** What a path may name. */
    public enum Type {
        /** A regular file. */
        FILE,
        /** A directory. */
        DIRECTORY,
        /** A symbolic link, which was not followed. */
        SYMLINK,
        /** A pipe, socket or device. */
        OTHER
    }

    /** The last part of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/', path.length() - 2) + 1);
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return type == Type.DIRECTORY;
    }

    /** Whether it is a regular file. */
    public boolean isFile() {
        return type == Type.FILE;
    }

    /** The permissions as {@code ls} writes them, for instance {@code rwxr-x---}. */
    public String permissions() {
        StringBuilder text = new StringBuilder();
        for (int shift = 6; shift >= 0; shift -= 3) {
            int bits = mode >> shift;
            boolean special = (mode & (01000 << (shift / 3))) != 0;
            boolean runs = (bits & 1) != 0;
            char letter = shift == 0 ? 't' : 's';
            text.append((bits & 4) != 0 ? 'r' : '-')
                    .append((bits & 2) != 0 ? 'w' : '-')
                    .append(special ? (runs ? letter : Character.toUpperCase(letter)) : runs ? 'x' : '-');
        }
        return text.toString();
    }
}

package io.clustrix.worker;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Gives a finished file the name under which it counts, in one step and never over another. */
interface Publisher {
    /**
     * Publishes a file; afterwards its own name may be gone.
     *
     * @param file is closed and on the disk, in the same file system as the result
     * @return false if there is a result already, which is not touched
     */
    boolean publish(File file, File result) throws IOException;

    /** By a hard link, which is atomic and fails if the name is taken, also on NFS. */
    final class Link implements Publisher {
        @Override
        public boolean publish(File file, File result) throws IOException {
            try {
                Files.createLink(result.toPath(), file.toPath());
                return true;
            } catch (FileAlreadyExistsException e) {
                // On NFS a request is sent again when its answer was lost, and then the name is taken, by ourselves.
                return isSame(file, result);
            }
        }

        private static boolean isSame(File a, File b) {
            try {
                Object key = key(a);
                return key != null && key.equals(key(b));
            } catch (IOException e) {
                return false; // the name is taken, that much is known
            }
        }

        private static @Nullable Object key(File file) throws IOException {
            return Files.readAttributes(file.toPath(), BasicFileAttributes.class)
                    .fileKey();
        }
    }

    /**
     * By a rename, for file systems without hard links. As it would overwrite, only who has made a certain directory
     * may do it. Who finds the directory there and after {@link #patienceMillis} still no result takes it that the
     * other has died in between.
     *
     * @param patienceMillis how long to wait for another that is about to publish
     */
    record Rename(long patienceMillis) implements Publisher {
        private static final long LOOK_NANOS = 20_000_000;

        @Override
        public boolean publish(File file, File result) throws IOException {
            File claim = new File(file.getParentFile(), result.getName() + ".claim");
            boolean claimed = claim.mkdir();
            if (!claimed) {
                if (!claim.isDirectory()) {
                    throw new FileSystemException(claim.getPath(), null, "the directory can't be made");
                }
                long deadline = System.nanoTime() + patienceMillis * 1_000_000;
                while (!result.exists() && System.nanoTime() < deadline) {
                    LockSupport.parkNanos(LOOK_NANOS);
                    Thread.interrupted(); // left by a task
                }
            }
            if (result.exists()) {
                return false;
            }
            try {
                Files.move(file.toPath(), result.toPath());
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (IOException e) {
                if (!file.exists() && result.exists()) {
                    return true; // as with a link: the first answer was lost
                }
                if (claimed && !claim.delete()) {
                    e.addSuppressed(new FileSystemException(claim.getPath(), null, "the directory can't be removed"));
                }
                throw e;
            }
        }
    }

    /** By the first way that works. */
    record Either(Publisher first, Publisher second) implements Publisher {
        @Override
        public boolean publish(File file, File result) throws IOException {
            try {
                return first.publish(file, result);
            } catch (IOException | UnsupportedOperationException e) {
                // Each file system without hard links has its own words for it.
                try {
                    return second.publish(file, result);
                } catch (IOException f) {
                    f.addSuppressed(e);
                    throw f;
                }
            }
        }
    }
}

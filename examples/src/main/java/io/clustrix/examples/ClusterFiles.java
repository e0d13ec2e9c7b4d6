package io.clustrix.examples;

import io.clustrix.Clustrix;
import io.clustrix.files.ClusterFileException;
import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.DiskUsage;
import io.clustrix.files.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Looks at files of a cluster, and copies some. Its argument is a directory there that has CSV files in it or below.
 */
public final class ClusterFiles {
    private ClusterFiles() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        String directory = args.length > 0 ? args[0] : ".";
        Path target = Files.createTempDirectory("csv-files");
        try (Clustrix clustrix = Clustrix.open()) {
            show(clustrix, directory);
            fetch(clustrix, directory, target);
        }
    }

    static void show(Clustrix clustrix, String directory) throws InterruptedException {
        ClusterFileSystem files = clustrix.fileSystem();
        for (FileEntry entry : files.ls(directory)) {
            System.out.println(entry.permissions() + " " + entry.size() + " " + entry.name());
        }
        DiskUsage usage = files.du(directory);
        System.out.println(usage.files() + " files have " + usage.bytes() + " bytes");
        System.out.println(files.countFiles(directory, "*.csv") + " of them are CSV files");
    }

    static void fetch(Clustrix clustrix, String directory, Path target) throws IOException, InterruptedException {
        ClusterFileSystem files = clustrix.fileSystem();
        try {
            for (FileEntry csv : files.glob(directory + "/**.csv")) {
                if (csv.isFile()) {
                    files.get(csv.path(), target.resolve(csv.name()));
                }
            }
        } catch (ClusterFileException e) {
            System.err.println(e.getMessage());
        }
    }
}

package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFilesTest {
    @Test
    @DisplayName("the program of the page on files shows what is there, and copies it")
    void runs(@TempDir Path there, @TempDir Path here) throws Exception {
        Files.createDirectory(there.resolve("run-1"));
        Files.writeString(there.resolve("run-1/a.csv"), "1,2");
        Files.writeString(there.resolve("b.csv"), "3");
        Files.writeString(there.resolve("c.txt"), "text");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (Clustrix clustrix = Clustrix.builder().defaultCluster("local").open()) {
            ClusterFiles.show(clustrix, there.toString());
            ClusterFiles.fetch(clustrix, there.toString(), here);
        } finally {
            System.setOut(before);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .anyMatch(l -> l.endsWith(" 1 b.csv"))
                .endsWith("3 files have 8 bytes", "2 of them are CSV files");
        assertThat(here.resolve("a.csv")).hasContent("1,2");
        assertThat(here.resolve("b.csv")).hasContent("3");
        assertThat(here).isDirectoryNotContaining("glob:**.{txt,part}");
    }
}

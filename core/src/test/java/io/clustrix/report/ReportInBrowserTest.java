package io.clustrix.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser, without a window. */
@Timeout(180)
class ReportInBrowserTest {
    private static final int RUNNING = 0x2a6bd4;
    private static final int RUNNING_DARK = 0x5b93ee;
    private static final int QUEUED = 0xdda200;
    private static final int FAILED = 0xc5281c;

    private static Optional<Path> browser = Optional.empty();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @BeforeAll
    static void find() {
        browser = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .flatMap(d -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(n -> Path.of(d, n)))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                browser.isPresent(),
                "there is no Chromium: apt-get install -y --no-install-recommends chromium installs it");
    }

    /** What it has written to standard output. */
    private String browse(String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                browser.orElseThrow().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--user-data-dir=" + dir.resolve("profile")));
        words.addAll(List.of(options));
        Process process = new ProcessBuilder(words)
                .redirectOutput(dir.resolve("out").toFile())
                .redirectError(dir.resolve("err").toFile())
                .start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS))
                    .as("%s has ended; it said %s", words, Files.readString(dir.resolve("err")))
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(dir.resolve("out"), StandardCharsets.UTF_8);
    }

    private Path page(RunReport report) throws Exception {
        Path page = dir.resolve("report.html");
        report.write(page, ReportFormat.HTML);
        return page;
    }

    private static long pixels(BufferedImage image, int colour) {
        long n = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                n += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
            }
        }
        return n;
    }

    private BufferedImage picture(Path page, String... options) throws Exception {
        Path picture = dir.resolve("report.png");
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--window-size=1180,2000");
        all.add("--screenshot=" + picture);
        all.add(page.toUri().toString());
        browse(all.toArray(new String[0]));
        assertThat(picture).isNotEmptyFile();
        return ImageIO.read(picture.toFile());
    }

    @Test
    @DisplayName("Its figures are drawn: in light and dark, of few chunks and of many")
    void figures() throws Exception {
        BufferedImage few = picture(page(Samples.run("price", 24)));
        assertThat(pixels(few, RUNNING)).isGreaterThan(20_000);
        assertThat(pixels(few, QUEUED)).isGreaterThan(10_000);
        assertThat(pixels(few, FAILED)).isGreaterThan(1000);

        BufferedImage many = picture(page(Samples.run("price", 10_000)), "--blink-settings=preferredColorScheme=0");
        assertThat(pixels(many, RUNNING_DARK)).isGreaterThan(20_000);
        assertThat(pixels(many, 0xffffff)).isLessThan(20_000);
    }

    @Test
    @DisplayName("A name that is a script is shown and does not run")
    void hostile() throws Exception {
        Path page = page(
                Samples.run("<script>document.title='taken'</script><img src=x onerror=\"document.title='it'\">", 3));

        String dom = browse("--dump-dom", page.toUri().toString());

        assertThat(dom)
                .contains("<title>Run 20260304-050607-abc123: failed</title>")
                .contains("&lt;script&gt;document.title")
                .doesNotContain("<script", "<img");
    }
}

package io.clustrix.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportFormatsTest {
    /** What a name, a message or a node may be. */
    private static final String HOSTILE =
            "</title></style></script><script>alert(1)</script><img src=x onerror='alert(2)'>\"' onload=\"x\" &amp; ]]>"
                    + "\u0000\u001b[2J\u202e\ud800 -->\n`{{7*7}}";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private static RunReport hostile() {
        JobReport job = Samples.run(HOSTILE, 12).jobs().get(0);
        List<ChunkReport> chunks = new ArrayList<>();
        for (ChunkReport c : job.chunks()) {
            chunks.add(new ChunkReport(
                    c.chunk(),
                    c.firstTask(),
                    c.tasks(),
                    c.attempt(),
                    java.util.Optional.of(HOSTILE),
                    c.state(),
                    HOSTILE,
                    c.submitted(),
                    c.accepted(),
                    c.started(),
                    c.ended(),
                    c.returned(),
                    c.cpu(),
                    c.peak(),
                    c.asked(),
                    c.exit(),
                    c.cause(),
                    HOSTILE));
        }
        JobReport changed = new JobReport(
                job.job(),
                chunks,
                List.of(new FailureReport("threw", HOSTILE, 1, 1, 0), new FailureReport(HOSTILE, HOSTILE, 1, 1, 0)),
                job.runtimes(),
                HOSTILE);
        return Samples.of(List.of(changed, changed));
    }

    /** The page is written so that it is well-formed XML as well, but for the doctype and two kinds of elements. */
    private static Document parsed(String html) throws Exception {
        String xml = html.replace("<!DOCTYPE html>", "").replaceAll("<(meta[^>]*)>", "<$1/>");
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    @Test
    @DisplayName("HTML: whatever names, nodes and messages are, they are text and no markup")
    void escaped() throws Exception {
        String html = hostile().as(ReportFormat.HTML);

        assertThat(html).doesNotContain("<script", "<img", "alert(1)</", "\u0000", "\u001b", "\u202e");
        assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt;").endsWith("</html>\n");
        assertThat(html.chars().noneMatch(c -> Character.isSurrogate((char) c))).isTrue();
        Document page = parsed(html);
        NodeList all = page.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            assertThat(element.getTagName())
                    .isIn(
                            "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "span", "dl",
                            "div", "dt", "dd", "small", "section", "table", "thead", "tbody", "tr", "th", "td",
                            "caption", "a", "ul", "li", "i", "svg", "g", "line", "rect", "text", "details", "summary",
                            "pre");
            for (int k = 0; k < element.getAttributes().getLength(); k++) {
                assertThat(element.getAttributes().item(k).getNodeName())
                        .doesNotStartWith("on")
                        .isNotIn("src", "xlink:href");
            }
            assertThat(element.getAttribute("href")).matches("|#job[0-9]+");
        }
    }

    @Test
    @DisplayName(
            "HTML: nothing from the network, no script, and a policy that forbids both; a table beside each figure")
    void alone() throws Exception {
        String html = Samples.run("price", 24).as(ReportFormat.HTML);

        assertThat(html)
                .contains("default-src 'none'; style-src 'unsafe-inline'")
                .contains("prefers-color-scheme: dark")
                .doesNotContain("http:", "https:", "url(", "@import", "<script", "<link");
        NodeList figures = parsed(html).getElementsByTagName("svg");
        for (int i = 0; i < figures.getLength(); i++) {
            Element figure = (Element) figures.item(i);
            assertThat(figure.getAttribute("aria-label") + figure.getAttribute("aria-hidden"))
                    .isNotEmpty();
        }
        assertThat(html).contains("<th scope=\"row\">queued</th>", "1.0 GiB", "Failures by cause", "out-of-memory");
    }

    @Test
    @DisplayName("HTML: 10,000 chunks are summed up, and the page stays small")
    void bounded() throws Exception {
        String html = Samples.run("many", 10_000).as(ReportFormat.HTML);

        assertThat(html.length()).isLessThan(300_000);
        assertThat(html).contains("10588 attempts", "200 of 10588 attempts");
        assertThat(parsed(html).getElementsByTagName("rect").getLength()).isLessThan(1500);
    }

    @Test
    @DisplayName("HTML: values that can't be are drawn all the same")
    void odd() throws Exception {
        ChunkReport good = Samples.run("odd", 1).jobs().get(0).chunks().get(0);
        List<ChunkReport> chunks = new ArrayList<>();
        for (java.time.Instant node :
                List.of(java.time.Instant.EPOCH, java.time.Instant.ofEpochMilli(Long.MAX_VALUE), Samples.BEGAN)) {
            chunks.add(new ChunkReport(
                    0,
                    0,
                    1,
                    0,
                    java.util.Optional.empty(),
                    ChunkReport.State.ENDED,
                    "",
                    good.submitted(),
                    good.accepted(),
                    java.util.Optional.of(node),
                    java.util.Optional.of(Samples.BEGAN),
                    good.returned(),
                    java.util.Optional.of(java.time.Duration.ofMillis(Long.MAX_VALUE)),
                    java.util.Optional.of(new io.clustrix.spi.Memory(Long.MAX_VALUE)),
                    io.clustrix.spi.Resources.none(),
                    java.util.OptionalInt.empty(),
                    "",
                    ""));
        }
        JobReport job = new JobReport(Samples.run("odd", 1).jobs().get(0).job(), chunks, List.of(), List.of(), "");
        RunReport report = Samples.of(List.of(job));

        Document page = parsed(report.as(ReportFormat.HTML));
        NodeList rects = page.getElementsByTagName("rect");
        for (int i = 0; i < rects.getLength(); i++) {
            for (String name : List.of("x", "y", "width", "height")) {
                double value = Double.parseDouble(((Element) rects.item(i)).getAttribute(name));
                assertThat(value).isBetween(0.0, 1000.0);
            }
        }
        assertThat(report.as(ReportFormat.JSON)).endsWith("}\n");
        assertThat(report.as(ReportFormat.TEXT)).contains("odd");
        assertThat(Samples.of(List.of()).as(ReportFormat.HTML)).contains("Run 20260304");
    }

    @Test
    @DisplayName("JSON: keys in the same order each time; what is not known is null; halves of characters are escaped")
    void json() {
        String json = hostile().as(ReportFormat.JSON);

        assertThat(json).isEqualTo(hostile().as(ReportFormat.JSON));
        assertThat(keys(json, "^  \"([a-zA-Z]+)\":"))
                .containsExactly("run", "state", "started", "ended", "driver", "process", "problem", "jobs");
        String job = Samples.run("one", 1).as(ReportFormat.JSON);
        assertThat(keys(job, "^      \"([a-zA-Z0-9]+)\":"))
                .containsExactly(
                        "key",
                        "name",
                        "cluster",
                        "state",
                        "tasks",
                        "chunks",
                        "succeeded",
                        "failed",
                        "submitted",
                        "ended",
                        "asked",
                        "cpuMillis",
                        "cpuUseThousandths",
                        "peakBytes",
                        "times",
                        "failures",
                        "runtimes",
                        "classPath",
                        "script",
                        "attempts");
        assertThat(job).contains("\"nodes\":null", "\"cores\":2", "\"queue\":\"short\"");
        assertThat(json)
                .contains("\\u0000\\u001b[2J")
                .contains("\\ud800 -->\\n`")
                .doesNotContain("\u001b");
        assertThat(json.chars().filter(c -> c == '{').count()).isPositive();
    }

    private static List<String> keys(String json, String pattern) {
        Matcher m = Pattern.compile(pattern, Pattern.MULTILINE).matcher(json);
        List<String> keys = new ArrayList<>();
        while (m.find()) {
            keys.add(m.group(1));
        }
        return keys;
    }

    @Test
    @DisplayName("Text: a few lines for each job, none of which a name can break")
    void text() {
        assertThat(Samples.run("price", 24).as(ReportFormat.TEXT))
                .contains("run 20260304-050607-abc123: failed, 1 job, began 2026-03-04T05:06:07Z, took ")
                .contains("  asked    2 cores, 2.0 GiB memory, 10 min 0 s walltime, queue short for each worker\n")
                .contains("  failure  threw, 3 tasks: java.lang.IllegalStateException: no threes: 3\n")
                .contains("at most 2.0 GiB memory (98 %)");
        assertThat(hostile().as(ReportFormat.TEXT))
                .doesNotContain("\u001b", "\u0000", "\u202e")
                .satisfies(t -> assertThat(t.lines().count()).isLessThan(20));
    }

    @Test
    @DisplayName("A file is written whole, with the directories above it; what can't be written leaves nothing")
    void file() throws Exception {
        Path file = dir.resolve("a/b/report.html");
        Samples.run("price", 3).write(file, ReportFormat.HTML);
        Samples.run("price", 3).write(file, ReportFormat.TEXT);

        assertThat(Files.readString(file)).startsWith("run ");
        assertThat(file.getParent())
                .isDirectoryContaining("glob:**report.html")
                .isDirectoryNotContaining("glob:**.tmp");
        Files.createDirectories(dir.resolve("full/x"));
        assertThatThrownBy(() -> Samples.run("price", 3).write(dir.resolve("full"), ReportFormat.HTML))
                .isInstanceOf(IOException.class);
        Path empty = Files.createDirectories(dir.resolve("empty"));
        assertThatThrownBy(() -> Samples.run("price", 3).write(empty, ReportFormat.HTML))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no regular file");
        assertThat(empty).isDirectory();
        assertThat(dir).isDirectoryNotContaining("glob:**.tmp");
    }
}

package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RuntimeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A report as one page: no script, nothing from the network, which its content policy forbids as well. Beside each
 * figure stands a table with the same.
 */
final class HtmlReport {
    /** Further jobs are lines of the table only. */
    private static final int MOST_JOBS = 30;

    private static final int MOST_JOBS_LISTED = 1000;
    private static final int MOST_CHUNKS_LISTED = 200;
    private static final int MOST_FAILURES = 30;
    private static final int MOST_CLASS_PATH = 200;
    private static final int LONGEST_NAME = 120;
    private static final int LONGEST_MESSAGE = 1500;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ground: #ffffff; --card: #f5f7fa; --ink: #18202b; --soft: #566173;
              --line: #d5dbe3; --preparing: #98a3b3; --queued: #dda200; --running: #2a6bd4; --returning: #8b5fc7;
              --failed: #c5281c; --good: #1c7c41; --asked: #18202b; }
            @media (prefers-color-scheme: dark) { :root { --ground: #12161c; --card: #1a2029; --ink: #e5e9ef;
              --soft: #9aa6b6; --line: #333c49; --preparing: #6d7889; --queued: #d9a514; --running: #5b93ee;
              --returning: #ab86e0; --failed: #f0675b; --good: #58c084; --asked: #e5e9ef; } }
            * { box-sizing: border-box; }
            body { margin: 0 auto; max-width: 1080px; padding: 24px 28px 60px; background: var(--ground);
              color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans",
              sans-serif; }
            h1 { font-size: 24px; margin: 0 0 2px; } h2 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
            h3 { font-size: 15px; margin: 26px 0 8px; }
            .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--failed); }
            code, pre, .key { font-family: ui-monospace, "Cascadia Mono", Menlo, "Liberation Mono", monospace;
              font-size: 13px; }
            .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px;
              margin: 18px 0 8px; padding: 0; }
            .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
              padding: 10px 14px; }
            .tiles dt { color: var(--soft); font-size: 13px; } .tiles dd { margin: 0; font-size: 19px;
              font-weight: 600; overflow-wrap: anywhere; } .tiles small { font-size: 13px; font-weight: 400;
              color: var(--soft); display: block; }
            section { border-top: 2px solid var(--line); margin-top: 34px; padding-top: 20px; }
            table { border-collapse: collapse; font-size: 13.5px; } th, td { text-align: left; padding: 3px 14px 3px 0;
              border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
            th { font-weight: 600; } thead th { color: var(--soft); white-space: nowrap; }
            td.wrap { overflow-wrap: anywhere; max-width: 480px; white-space: pre-wrap; }
            .scroll { overflow-x: auto; } .scroll table { min-width: 60%; } .scroll td { white-space: nowrap; }
            .scroll td.wrap { min-width: 280px; white-space: pre-wrap; } .scroll svg.wide { min-width: 640px; }
            svg { display: block; width: 100%; height: auto; } svg.half { max-width: 500px; }
            .pair { display: grid; grid-template-columns: minmax(300px, 1.15fr) minmax(240px, 1fr); gap: 8px 34px;
              align-items: center; margin-bottom: 22px; } @media (max-width: 720px) { .pair { grid-template-columns: 1fr; } }
            .preparing { fill: var(--preparing); background: var(--preparing); }
            .queued { fill: var(--queued); background: var(--queued); }
            .running { fill: var(--running); background: var(--running); }
            .returning { fill: var(--returning); background: var(--returning); }
            .failed { fill: var(--failed); background: var(--failed); }
            .tick { fill: var(--soft); font-size: 12px; } .grid { stroke: var(--line); stroke-width: 1; }
            .axis { stroke: var(--soft); } .asked { stroke: var(--asked); stroke-width: 1.5; stroke-dasharray: 4 3; }
            .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 0 0
              8px; padding: 0; list-style: none; } .legend i { display: inline-block; width: 12px; height: 12px;
              border-radius: 2px; margin-right: 6px; vertical-align: -1px; }
            .strip { display: flex; height: 22px; border-radius: 4px; overflow: hidden; margin: 4px 0 12px; }
            .strip i { display: block; min-width: 1px; }
            details { margin: 10px 0; } summary { cursor: pointer; color: var(--soft); }
            pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px;
              overflow: auto; max-height: 460px; margin: 8px 0; }
            @media print { details { display: none; } body { max-width: none; padding: 0; } }
            """;

    private final RunReport report;
    private final RunInfo run;
    private final Markup html = new Markup();

    HtmlReport(RunReport report) {
        this.report = report;
        this.run = report.run();
    }

    String text() {
        html.line("<!DOCTYPE html>").line("<html lang=\"en\">").line("<head>").line("<meta charset=\"utf-8\">");
        html.line(
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        html.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        html.element("title", "Run " + run.id() + ": " + report.state()).line("");
        html.raw("<style>\n").raw(STYLE).line("</style>").line("</head>").line("<body>");
        head();
        overview();
        List<JobReport> shown =
                report.jobs().subList(0, Math.min(MOST_JOBS, report.jobs().size()));
        for (int i = 0; i < shown.size(); i++) {
            job(shown.get(i), i);
        }
        html.line("</body>").line("</html>");
        return html.toString();
    }

    // ---------------------------------------------------------------- the run

    private static String mood(String state) {
        return state.equals("succeeded") ? "good" : state.equals("open") ? "soft" : "bad";
    }

    private void state(String state) {
        html.raw("<span class=\"" + mood(state) + "\">").text(state).raw("</span>");
    }

    private void head() {
        html.raw("<h1>Run ").text(run.id()).raw(": ");
        state(report.state());
        html.line("</h1>");
        html.raw("<p class=\"soft\">Began ").text(Words.time(run.started()));
        report.ended().ifPresent(e -> html.text(", ended " + Words.time(e)));
        html.text("; its program " + driver() + ".").line(" Times are in UTC.</p>");
        if (!run.problem().isEmpty()) {
            html.raw("<p class=\"bad\">It can't be read: ").text(run.problem()).line("</p>");
        }
        html.line("<dl class=\"tiles\">");
        tile(
                report.ended().isPresent() ? "took" : "so far",
                Words.duration(Math.max(
                        0,
                        Duration.between(run.started(), report.ended().orElse(run.changed()))
                                .toMillis())),
                Words.count(report.jobs().size(), "job"));
        long tasks = sum(j -> j.tasks());
        long returned = sum(j -> j.succeeded());
        long failed = sum(j -> j.failed().size());
        tile("tasks", Long.toString(tasks), returned + " returned, " + failed + " failed");
        long attempts = report.jobs().stream().mapToLong(j -> j.chunks().size()).sum();
        tile("chunks", Long.toString(sum(j -> j.elements())), Words.count(attempts, "attempt"));
        long cpu = report.jobs().stream().mapToLong(JobReport::cpuMillis).sum();
        tile("CPU time", cpu == 0 ? "not known" : Words.duration(cpu), cpu == 0 ? "" : "of all workers");
        Optional<Long> peak = report.jobs().stream()
                .flatMap(j -> j.memory().stream())
                .map(Spread::most)
                .max(Comparator.naturalOrder());
        tile("most memory", peak.map(Words::bytes).orElse("not known"), peak.isPresent() ? "of one worker" : "");
        html.line("</dl>");
    }

    private long sum(java.util.function.ToLongFunction<JobInfo> what) {
        return report.jobs().stream().map(JobReport::job).mapToLong(what).sum();
    }

    private String driver() {
        String process = run.process().isEmpty() ? "" : " (" + Words.line(run.process(), LONGEST_NAME) + ")";
        return switch (run.driver()) {
            case ALIVE -> "lives" + process;
            case ENDED -> "has ended";
            case DEAD -> "is dead" + process;
            case UNKNOWN -> "is not known";
        };
    }

    private void tile(String name, String value, String more) {
        html.raw("<div>").element("dt", name).raw("<dd>").text(value);
        if (!more.isEmpty()) {
            html.element("small", more);
        }
        html.line("</dd></div>");
    }

    private void overview() {
        if (report.jobs().size() < 2) {
            return;
        }
        html.line("<h3>Jobs</h3>");
        tableHead("job", "cluster", "state", "tasks", "failed", "chunks", "took", "CPU time", "most memory");
        for (int i = 0; i < Math.min(MOST_JOBS_LISTED, report.jobs().size()); i++) {
            JobReport j = report.jobs().get(i);
            html.raw("<tr><td>");
            if (i < MOST_JOBS) {
                html.raw("<a href=\"#job" + i + "\">");
            }
            html.text(Words.line(j.job().name(), LONGEST_NAME)).raw(i < MOST_JOBS ? "</a></td>" : "</td>");
            html.element("td", j.job().cluster()).raw("<td>");
            state(j.state());
            html.raw("</td>");
            cells(
                    Integer.toString(j.job().tasks()),
                    Integer.toString(j.job().failed().size()),
                    Integer.toString(j.job().elements()),
                    j.job()
                            .ended()
                            .map(e -> Words.duration(Math.max(
                                    0, Duration.between(j.job().submitted(), e).toMillis())))
                            .orElse("open"),
                    j.cpuMillis() == 0 ? "" : Words.duration(j.cpuMillis()),
                    j.memory().map(m -> Words.bytes(m.most())).orElse(""));
            html.line("</tr>");
        }
        tableEnd();
        int left = report.jobs().size() - MOST_JOBS;
        if (left > 0) {
            note("Of the last " + Words.count(left, "job") + " no figures are drawn; the report as JSON has all.");
        }
    }

    // ---------------------------------------------------------------- a job

    private void job(JobReport j, int number) {
        JobInfo job = j.job();
        html.line("<section id=\"job" + number + "\">");
        html.raw("<h2>").text(Words.line(job.name(), LONGEST_NAME)).raw(": ");
        state(j.state());
        html.line("</h2>");
        html.raw("<p class=\"soft\"><span class=\"key\">")
                .text(job.key().toString())
                .raw("</span> on cluster ");
        html.text(Words.line(job.cluster(), LONGEST_NAME))
                .text("; " + Words.count(job.tasks(), "task") + " in "
                        + Words.count(job.elements(), "chunk") + ": " + job.succeeded() + " returned, "
                        + job.failed().size() + " failed. Each worker asks for " + Words.resources(job.resources())
                        + ".");
        html.line("</p>");
        failures(j);
        timeline(j);
        waits(j);
        use(j);
        chunks(j);
        surroundings(j);
        html.line("</section>");
    }

    private void failures(JobReport j) {
        if (j.failures().isEmpty()) {
            return;
        }
        html.line("<h3>Failures by cause</h3>");
        int most = j.failures().stream()
                .mapToInt(f -> Math.max(f.tasks(), f.attempts()))
                .max()
                .orElse(1);
        html.line("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">cause</th><th scope=\"col\">tasks</th>"
                + "<th scope=\"col\">how many</th><th scope=\"col\">attempts</th>"
                + "<th scope=\"col\">first task</th><th scope=\"col\">what</th></tr></thead><tbody>");
        for (FailureReport f :
                j.failures().subList(0, Math.min(MOST_FAILURES, j.failures().size()))) {
            double width = 100.0 * Math.max(f.tasks(), f.attempts()) / Math.max(1, most);
            html.raw("<tr>").element("th scope=\"row\"", f.cause()).element("td", Integer.toString(f.tasks()));
            html.raw("<td><svg aria-hidden=\"true\" style=\"width:90px\" viewBox=\"0 0 100 14\">"
                            + "<rect class=\"failed\" x=\"0\" y=\"2\" height=\"10\"")
                    .number("width", Math.max(1, width))
                    .raw("/></svg></td>");
            html.element("td", f.attempts() == 0 ? "" : Integer.toString(f.attempts()));
            html.element("td", Integer.toString(f.firstTask()));
            html.raw("<td class=\"wrap\">").text(shortened(f.what())).line("</td></tr>");
        }
        html.line("</tbody></table></div>");
        if (j.failures().size() > MOST_FAILURES) {
            note("and " + (j.failures().size() - MOST_FAILURES) + " further causes, which the report as JSON has");
        }
    }

    private static String shortened(String text) {
        return text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "..." : text;
    }

    private void timeline(JobReport j) {
        Instant until = j.job().ended().orElse(run.changed());
        Timeline timeline = new Timeline(j.chunks(), until);
        if (timeline.isEmpty()) {
            note("Nothing of it has been submitted" + (j.job().state().isEmpty() ? " yet." : "."));
            return;
        }
        html.line("<h3>When chunks waited and ran</h3>");
        html.raw("<ul class=\"legend\">");
        for (Stage stage : Stage.values()) {
            html.raw("<li><i class=\"" + stage.word() + "\"></i>")
                    .text(stage.word())
                    .raw("</li>");
        }
        html.line("<li><i class=\"failed\"></i>ended without results</li></ul>");
        html.line("<div class=\"scroll\">");
        timeline.draw(
                html,
                "Timeline of " + Words.count(j.chunks().size(), "attempt")
                        + (timeline.isSummed() ? ": how many did what at each time" : ", a bar for each"));
        html.line("</div>");
        if (timeline.isSummed()) {
            note("There are " + j.chunks().size() + " attempts: too many for a bar each. Drawn is how many worked"
                    + " (above) and waited (below) at each time, each with its own scale"
                    + (hasFailed(j) ? "; red marks: attempts that failed then." : "."));
            html.line("<details><summary>The same as a table</summary><div class=\"scroll\">");
            timeline.table(html);
            html.line("</div></details>");
        } else {
            note("Rows are chunks; 3.1 is the second attempt at chunk 3. Times count from the call.");
        }
    }

    private static boolean hasFailed(JobReport j) {
        return j.chunks().stream().anyMatch(c -> c.state() == ChunkReport.State.FAILED);
    }

    private void waits(JobReport j) {
        long all = 0;
        for (Stage stage : Stage.values()) {
            all += j.times(stage).map(Spread::sum).orElse(0L);
        }
        if (all == 0) {
            return;
        }
        html.line("<h3>What waited where</h3>");
        html.raw("<div class=\"strip\" aria-hidden=\"true\">");
        for (Stage stage : Stage.values()) {
            long sum = j.times(stage).map(Spread::sum).orElse(0L);
            if (sum > 0) {
                html.raw("<i class=\"" + stage.word() + "\" style=\"flex-grow:" + sum + "\"></i>");
            }
        }
        html.line("</div>");
        tableHead("stage", "median", "95 of 100", "longest", "all together", "share", "");
        for (Stage stage : Stage.values()) {
            Optional<Spread> s = j.times(stage);
            if (s.isPresent()) {
                html.raw("<tr>").element("th scope=\"row\"", stage.word());
                cells(
                        Words.duration(s.get().median()),
                        Words.duration(s.get().most95()),
                        Words.duration(s.get().most()),
                        Words.duration(s.get().sum()),
                        Words.percent(Math.round(1000.0 * s.get().sum() / all)),
                        stage.meaning());
                html.line("</tr>");
            }
        }
        tableEnd();
    }

    private void use(JobReport j) {
        List<Long> memory = j.chunks().stream()
                .flatMap(c -> c.peak().stream())
                .map(Memory::bytes)
                .toList();
        List<Long> cpu = j.chunks().stream()
                .flatMap(c -> c.cpuUse().stream())
                .map(u -> Math.round(u * 1000))
                .toList();
        List<Long> wall = j.chunks().stream()
                .flatMap(c -> c.time(Stage.RUNNING).stream())
                .map(Duration::toMillis)
                .toList();
        if (memory.isEmpty() && cpu.isEmpty() && wall.isEmpty()) {
            return;
        }
        html.line("<h3>Asked for and used</h3>");
        long askedMemory = j.job().resources().memory().map(Memory::bytes).orElse(0L);
        long askedTime = j.job().resources().walltime().map(Duration::toMillis).orElse(0L);
        int cores = j.job().resources().cores().orElse(0);
        pair("Most memory of a worker", memory, askedMemory, Words::bytes, j.memory());
        pair(
                "CPU, of " + (cores == 0 ? "one core (none was asked for)" : Words.count(cores, "core")),
                cpu,
                1000,
                Words::percent,
                j.cpuUse());
        pair("Running time", wall, askedTime, Words::duration, j.times(Stage.RUNNING));
        note("Memory is that of the worker's process, without processes that a task has started; CPU time counts those"
                + " that have ended. Wherever a worker was killed, its memory may be missing.");
    }

    private void pair(
            String name,
            List<Long> values,
            long asked,
            java.util.function.LongFunction<String> words,
            Optional<Spread> spread) {
        if (values.isEmpty() || spread.isEmpty()) {
            return;
        }
        Spread s = spread.get();
        html.line("<div class=\"pair\"><div>");
        new Histogram(values, asked, words).draw(html, name + " of " + Words.count(values.size(), "worker"));
        html.raw("</div><div><table><caption class=\"soft\" style=\"text-align:left\">")
                .text(name)
                .line("</caption><tbody>");
        row("asked for", asked == 0 ? "nothing" : words.apply(asked));
        row("least", words.apply(s.least()));
        row("median", words.apply(s.median()));
        row("95 of 100 at most", words.apply(s.most95()));
        row(
                "most",
                words.apply(s.most())
                        + (asked == 0 ? "" : ", " + Words.percent(Math.round(1000.0 * s.most() / asked)) + " of it"));
        html.line("</tbody></table></div></div>");
    }

    private void row(String name, String value) {
        html.raw("<tr>").element("th scope=\"row\"", name).element("td", value).line("</tr>");
    }

    /** All of few; of many those that failed, and those that ran longest. */
    private void chunks(JobReport j) {
        List<ChunkReport> shown = chosen(j.chunks());
        if (shown.isEmpty()) {
            return;
        }
        html.raw("<details><summary>")
                .text(
                        shown.size() == j.chunks().size()
                                ? "All " + Words.count(shown.size(), "attempt")
                                : shown.size() + " of " + j.chunks().size()
                                        + " attempts: those that failed, and those that ran longest")
                .line("</summary>");
        tableHead(
                "chunk",
                "attempt",
                "tasks",
                "state",
                "node",
                "id",
                "preparing",
                "queued",
                "running",
                "returning",
                "CPU",
                "memory",
                "exit");
        for (ChunkReport c : shown) {
            String tasks = c.tasks() == 1
                    ? Integer.toString(c.firstTask())
                    : c.firstTask() + " to " + (c.firstTask() + c.tasks() - 1);
            html.raw("<tr>").element("th scope=\"row\"", Integer.toString(c.chunk()));
            cells(Integer.toString(c.attempt()), tasks);
            html.raw(c.state() == ChunkReport.State.FAILED ? "<td class=\"bad\">" : "<td>")
                    .text(c.cause().isEmpty() ? Words.of(c.state()) : c.cause())
                    .raw("</td>");
            cells(Words.line(c.node(), LONGEST_NAME), c.schedulerId().orElse(""));
            for (Stage stage : Stage.values()) {
                cells(c.time(stage).map(t -> Words.duration(t.toMillis())).orElse(""));
            }
            cells(
                    c.cpu().map(t -> Words.duration(t.toMillis())).orElse(""),
                    c.peak().map(m -> Words.bytes(m.bytes())).orElse(""),
                    c.exit().isPresent() ? Integer.toString(c.exit().getAsInt()) : "");
            html.line("</tr>");
        }
        tableEnd();
        html.line("</details>");
    }

    private static List<ChunkReport> chosen(List<ChunkReport> all) {
        Set<ChunkReport> chosen = new LinkedHashSet<>();
        if (all.size() <= MOST_CHUNKS_LISTED) {
            chosen.addAll(all);
        }
        all.stream()
                .filter(c -> c.state() == ChunkReport.State.FAILED)
                .limit(MOST_CHUNKS_LISTED / 2)
                .forEach(chosen::add);
        all.stream()
                .sorted(Comparator.comparing(
                                (ChunkReport c) -> c.time(Stage.RUNNING).orElse(Duration.ZERO))
                        .reversed())
                .limit(MOST_CHUNKS_LISTED)
                .forEach(c -> {
                    if (chosen.size() < MOST_CHUNKS_LISTED) {
                        chosen.add(c);
                    }
                });
        List<ChunkReport> sorted = new ArrayList<>(chosen);
        sorted.sort(Comparator.comparingInt(ChunkReport::chunk).thenComparingInt(ChunkReport::attempt));
        return sorted;
    }

    private void surroundings(JobReport j) {
        html.line("<h3>Script and environment</h3>");
        if (j.runtimes().isEmpty()) {
            note("No worker has told what it ran in.");
        }
        for (RuntimeReport r : j.runtimes()) {
            html.line("<table><tbody>");
            row("Java", r.javaVersion() + ", " + r.javaVendor());
            row("system", r.os());
            unlessEmpty("environment", r.environment().description());
            unlessEmpty("supervised by", r.environment().supervisor());
            unlessEmpty("modules", String.join(", ", r.environment().modules()));
            unlessEmpty(
                    "variables that were set", String.join(", ", r.environment().variables()));
            html.line("</tbody></table>");
        }
        if (!j.script().isEmpty()) {
            html.raw("<details><summary>The job's script, without the values of variables</summary><pre>")
                    .text(j.script())
                    .line("</pre></details>");
        }
        List<String> classPath = j.job().classPath().stream()
                .map(Object::toString)
                .limit(MOST_CLASS_PATH)
                .toList();
        if (!classPath.isEmpty()) {
            html.raw("<details><summary>")
                    .text("Class path: "
                            + Words.count(j.job().classPath().size(), "entry").replace("entrys", "entries"))
                    .raw("</summary><pre>")
                    .text(String.join("\n", classPath))
                    .text(classPath.size() < j.job().classPath().size() ? "\n..." : "")
                    .line("</pre></details>");
        }
    }

    private void unlessEmpty(String name, String value) {
        if (!value.isEmpty()) {
            row(name, value);
        }
    }

    // ---------------------------------------------------------------- parts

    private void note(String text) {
        html.raw("<p class=\"soft\">").text(text).line("</p>");
    }

    private void tableHead(String... names) {
        html.raw("<div class=\"scroll\"><table><thead><tr>");
        for (String name : names) {
            html.element("th scope=\"col\"", name);
        }
        html.line("</tr></thead><tbody>");
    }

    private void tableEnd() {
        html.line("</tbody></table></div>");
    }

    private void cells(String... values) {
        for (String value : values) {
            html.element("td", value);
        }
    }
}

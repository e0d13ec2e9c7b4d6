package io.clustrix.internal.batch;

import io.clustrix.spi.OutputChannel;
import io.clustrix.worker.RecordFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings results, and what is left of workers that died, from the host into the run's directory and gives the tasks
 * their outcomes. Thread-safe; called on the threads that watch.
 */
final class Harvest {
    /** Names that end in the numbers of an attempt and a restart, without zeros before them. */
    static final Comparator<String> OLDEST_FIRST =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private static final int MOST_OF_RECORD = 1 << 16;
    private static final int MOST_OF_LOG = 1 << 18;

    /** What one look at logs may bring in all, which lies in memory. */
    private static final int MOST_OF_LOGS = 16 << 20;

    /** Output of one element that is still to be read when its result is here: more than this is left in its log. */
    private static final int MOST_AT_END = 16 << 20;

    private final Site site;
    private final TaskFiles files;
    private final int firstIndex;

    /** Output is told in order, so one thread at a time reads logs. */
    private final ReentrantLock following = new ReentrantLock();

    Harvest(Site site, TaskFiles files, int firstIndex) {
        this.site = site;
        this.files = files;
        this.firstIndex = firstIndex;
    }

    /**
     * What is to be fetched of an element: its result, or all that is known of its end.
     *
     * @param attempt the attempt that is asked after
     * @param log the name of its logs without their ending
     */
    record Want(BatchJob job, int element, boolean isInquest, int attempt, String log) {
        static Want result(BatchJob job, int element) {
            return new Want(job, element, false, -1, "");
        }

        static Want inquest(BatchJob job, int element, int attempt, String log) {
            return new Want(job, element, true, attempt, log);
        }

        /** The element as the engine knows it. */
        Element state() {
            return job.elements[element];
        }

        private String line() {
            return isInquest
                    ? "X " + job.directory + " " + element + " " + log + "\n"
                    : "R " + job.directory + " " + element + " -\n";
        }
    }

    /**
     * What was found.
     *
     * @param summary of the result file, or of the file that the last attempt left; null if there was none
     * @param exitCode what the attempt's exit record says, -1 if there was none
     * @param began whether the attempt has begun, as far as is known
     * @param node where it ran, if the exit record says so
     * @param out the end of its standard output
     * @param err the end of its standard error
     * @param free how many KiB the work directory's disk has left, if that is next to nothing, else empty
     * @param restart how often the scheduler had started the attempt before
     * @param use what its worker has used
     */
    record Found(
            Want want,
            RecordFile.@Nullable Summary summary,
            int exitCode,
            boolean began,
            String node,
            String out,
            String err,
            String free,
            int restart,
            WorkerUse use) {
        /** Of an element whose worker has published a file of results, or of which nothing was found. */
        static Found of(Want want, RecordFile.@Nullable Summary summary) {
            return new Found(want, summary, -1, true, "", "", "", "", 0, WorkerUse.UNKNOWN);
        }

        int attempt() {
            return want.attempt;
        }

        /** The task that was running when the worker died, -1 if none was. */
        int running() {
            RecordFile.Summary s = summary;
            return s == null ? -1 : s.running().orElse(-1);
        }

        String lastWords() {
            RecordFile.Summary s = summary;
            return s == null ? "" : s.lastWords().orElse("");
        }
    }

    /** What has come of one element, file by file. */
    private static final class Basket {
        private @Nullable Path result;
        private final Map<String, Path> attempts = new LinkedHashMap<>();
        private final Map<String, byte[]> exits = new LinkedHashMap<>();
        private final List<String> claims = new ArrayList<>();
        private String out = "";
        private String err = "";
        private String free = "";
    }

    /** Fetches all of these by one remote call, and gives their tasks the outcomes. */
    List<Found> fetch(List<Want> wants) throws InterruptedException, IOException {
        StringBuilder lines = new StringBuilder();
        Map<String, Want> byElement = new HashMap<>();
        Map<Want, Basket> baskets = new LinkedHashMap<>();
        for (Want want : wants) {
            lines.append(want.line());
            byElement.put(want.job.directory + "/" + want.element, want);
            baskets.put(want, new Basket());
        }
        site.fetch(lines, (path, content, size) -> take(path, content, size, byElement, baskets));
        List<Found> found = new ArrayList<>();
        for (Map.Entry<Want, Basket> e : baskets.entrySet()) {
            found.add(e.getKey().isInquest ? inquest(e.getKey(), e.getValue()) : result(e.getKey(), e.getValue()));
        }
        return found;
    }

    /** A file's path ends in DAY/KEY/KIND/NAME, and the name begins with the element's number. */
    private void take(
            String path, InputStream content, long size, Map<String, Want> byElement, Map<Want, Basket> baskets)
            throws IOException {
        String[] all = path.split("/", -1);
        if (all.length < 4) {
            return;
        }
        String[] names = Arrays.copyOfRange(all, all.length - 4, all.length);
        String element = names[3].replaceFirst("\\..*", "");
        Want want = byElement.get(names[0] + "/" + names[1] + "/" + element);
        if (want == null) {
            return;
        }
        Basket basket = baskets.get(want);
        if (basket == null) {
            return;
        }
        Path result = want.job.book.result(want.job.key(), want.element);
        switch (names[2]) {
            case "results" -> {
                Path unfinished = result.resolveSibling(result.getFileName() + ".tmp");
                Files.copy(content, unfinished, StandardCopyOption.REPLACE_EXISTING);
                basket.result = unfinished;
            }
            case "attempts" -> {
                Path part = want.job.book.partial(want.job.key(), names[3]);
                Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
                basket.attempts.put(names[3], part);
            }
            case "claims" -> basket.claims.add(names[3]);
            case "exits" -> basket.exits.put(names[3], small(content, size, MOST_OF_RECORD));
            case "tails" -> {
                String text = new String(small(content, size, MOST_OF_RECORD), StandardCharsets.UTF_8);
                if (names[3].endsWith(".out")) {
                    basket.out = text;
                } else if (names[3].endsWith(".free")) {
                    basket.free = text;
                } else {
                    basket.err = text;
                }
            }
            default -> {}
        }
    }

    private Found result(Want want, Basket basket) throws IOException, InterruptedException {
        Path unfinished = basket.result;
        if (unfinished == null) {
            return Found.of(want, null);
        }
        // First a look whether it is whole: what is half there is fetched again, and its tasks are told of once.
        RecordFile.Summary look = RecordFile.read(unfinished, new Unwanted());
        if (!look.isSealed()
                || !look.origin()
                        .map(o -> o.key().equals(want.job.key()) && o.element() == want.element)
                        .orElse(false)) {
            return Found.of(want, look.isSealed() ? null : look);
        }
        Path result = want.job.book.result(want.job.key(), want.element);
        Files.move(unfinished, result, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // Before the results: with the last of them the job is over, and nobody listens any more.
        look.runtime().ifPresent(want.job.ledger::workerStarted);
        // Nor is there a journal then, if the program ends at once.
        noteUse(want, look);
        if (want.job.ledger.wantsOutput()) {
            drain(want);
        }
        return Found.of(want, files.deliver(result, want.job.ledger));
    }

    private static void noteUse(Want want, RecordFile.Summary sealed) {
        sealed.runtime().ifPresent(want.job::noteSurroundings);
        sealed.origin()
                .ifPresent(o -> want.job.book.note(new RunEntry.Worked(
                        want.job.key(),
                        want.element,
                        o.attempt(),
                        o.restart(),
                        WorkerUse.of(sealed),
                        "",
                        "",
                        0,
                        System.currentTimeMillis())));
    }

    /** Wants no outcome. */
    private static final class Unwanted implements RecordFile.Visitor {
        @Override
        public void result(int task, byte[] bytes, int offset, int length) {}

        @Override
        public void error(int task, byte[] bytes, int offset, int length) {}

        @Override
        public boolean wants(int task, int length) {
            return false;
        }
    }

    /** Gives the tasks of an element their outcomes from a file that was fetched by an earlier driver. */
    boolean deliver(BatchJob job, int element) throws IOException {
        Path result = job.book.result(job.key(), element);
        return Files.exists(result) && files.deliver(result, job.ledger).isSealed();
    }

    /**
     * Gives tasks the outcomes that workers had written before they died, as far as an earlier driver has fetched them.
     */
    void deliverPartial(BatchJob job) throws IOException {
        for (Path file : job.book.partial(job.key())) {
            var unused = files.deliver(file, job.ledger);
        }
    }

    private Found inquest(Want want, Basket basket) throws IOException {
        String prefix = want.element + "." + want.attempt + ".";
        RecordFile.@Nullable Summary last = null;
        for (Map.Entry<String, Path> e : newestLast(basket.attempts)) {
            // What its tasks have done is done, whichever attempt did it.
            RecordFile.Summary summary = files.deliver(e.getValue(), want.job.ledger);
            summary.runtime().ifPresent(want.job.ledger::workerStarted);
            summary.runtime().ifPresent(want.job::noteSurroundings);
            if (summary.outcomes() == 0) {
                Files.deleteIfExists(e.getValue()); // others stay for a driver that takes the run up
            }
            if (e.getKey().startsWith(prefix)) {
                last = summary;
            }
        }
        int code = -1;
        int restart =
                last == null ? 0 : last.origin().map(RecordFile.Origin::restart).orElse(0);
        WorkerUse use = WorkerUse.of(last);
        String node = "";
        for (Map.Entry<String, byte[]> e : newestLast(basket.exits)) {
            if (e.getKey().startsWith(prefix)) {
                Map<String, String> fields = exitRecord(e.getValue());
                String number = e.getKey().substring(prefix.length());
                restart = number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : restart;
                use = WorkerUse.of(last).with(fields, new String(e.getValue(), StandardCharsets.UTF_8));
                String text = fields.getOrDefault("code", "");
                code = text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
                node = fields.getOrDefault("node", "");
            }
        }
        boolean began = basket.claims.stream().anyMatch(c -> c.startsWith(prefix));
        return new Found(want, last, code, began, node, basket.out, basket.err, basket.free, restart, use);
    }

    /** What an exit record says. */
    static Map<String, String> exitRecord(byte[] content) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : new String(content, StandardCharsets.UTF_8).lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return fields;
    }

    /** A whole small file. */
    private static byte[] small(InputStream content, long size, int most) throws IOException {
        byte[] bytes = content.readNBytes((int) Math.min(size, most));
        content.skipNBytes(Math.max(0, size - bytes.length));
        return bytes;
    }

    private static <V> List<Map.Entry<String, V>> newestLast(Map<String, V> byName) {
        List<Map.Entry<String, V>> entries = new ArrayList<>(byName.entrySet());
        entries.sort(Map.Entry.comparingByKey(OLDEST_FIRST));
        return entries;
    }

    // ---------------------------------------------------------------- output

    /** The logs of an element; {@code name} without its ending. */
    record Log(BatchJob job, String name) {}

    /** Tells what these logs have got since the last time. */
    void follow(List<Log> logs) throws InterruptedException {
        following.lockInterruptibly();
        try {
            tellOnce(logs);
        } finally {
            following.unlock();
        }
    }

    private boolean tellOnce(List<Log> logs) throws InterruptedException {
        StringBuilder lines = new StringBuilder();
        Map<String, Log> byFile = new HashMap<>();
        for (Log log : logs) {
            for (String end : List.of(".out", ".err")) {
                String file = log.name + end;
                long offset = log.job.followed.getOrDefault(file, 0L);
                lines.append(log.job.directory)
                        .append(' ')
                        .append(file)
                        .append(' ')
                        .append(offset)
                        .append('\n');
                byFile.put(log.job.directory + " " + file, log);
            }
        }
        boolean[] more = new boolean[1];
        int most = Math.min(MOST_OF_LOG, MOST_OF_LOGS / Math.max(1, byFile.size()));
        site.follow(lines, most, (directory, file, offset, content) -> {
            Log log = byFile.get(directory + " " + file);
            if (log != null) {
                int whole = content.length == most ? wholeCharacters(content) : content.length;
                more[0] |= content.length == most;
                log.job.followed.put(file, offset + whole);
                log.job.ledger.output(
                        file.endsWith(".out") ? OutputChannel.STDOUT : OutputChannel.STDERR,
                        new String(content, 0, whole, StandardCharsets.UTF_8));
            }
        });
        return more[0];
    }

    /** How many bytes there are without a character of UTF-8 that is cut at the end. */
    static int wholeCharacters(byte[] bytes) {
        int end = bytes.length;
        for (int back = 1; back <= 3 && back <= end; back++) {
            int b = bytes[end - back] & 0xff;
            if (b >= 0xc0) {
                int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needed > back ? end - back : end;
            }
            if (b < 0x80) {
                return end;
            }
        }
        return end;
    }

    /** What an element that has ended has printed comes before its results. */
    private void drain(Want want) throws InterruptedException {
        Element e = want.state();
        Part part = e.part;
        if (part == null) {
            return;
        }
        List<Log> log = List.of(new Log(want.job, part.logOf(want.element, firstIndex)));
        following.lockInterruptibly();
        try {
            boolean more = true;
            for (int told = 0; told < MOST_AT_END && more; told += MOST_OF_LOG) {
                more = tellOnce(log);
            }
            if (more) {
                want.job.ledger.output(
                        OutputChannel.STDERR,
                        "\nclustrix: there was more output than is brought at a job's end; it stands in "
                                + log.get(0).name + ".out and .err in the logs of job " + want.job.key() + "\n");
            }
        } finally {
            following.unlock();
        }
    }
}

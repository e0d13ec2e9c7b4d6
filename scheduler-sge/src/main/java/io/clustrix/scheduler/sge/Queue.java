package io.clustrix.scheduler.sge;

import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerException;
import java.io.StringReader;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** The answer of {@code qstat -xml}, and the reasons of errors that stand behind it. */
final class Queue {
    /** More than any site's max_aj_tasks: a longer range is none of Grid Engine's. */
    private static final int MOST_TASKS = 10_000_000;

    private static final Pattern RANGE = Pattern.compile("([0-9]{1,8})(?:-([0-9]{1,8})(?::([0-9]{1,8}))?)?");
    private static final Pattern STATE = Pattern.compile("[A-Za-z]{1,12}");
    private static final Pattern REASON = Pattern.compile("error reason\\s+([0-9]{1,8}):\\s*(.*)");
    private static final Pattern JOB = Pattern.compile("job_number:\\s+([0-9]+)");
    /** Time and process of the execution daemon, before its words. */
    private static final Pattern ORIGIN = Pattern.compile("[0-9/.-]+ [0-9:.]+ (?:\\[[0-9:]+\\]: )?(?:error: )?(?=\\S)");

    private Queue() {}

    /** The states of all jobs and elements in it. */
    static Map<NativeId, JobStatus> states(String xml, String reasons) {
        Map<String, String> why = reasons(reasons);
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        boolean answered = false;
        try {
            XMLStreamReader reader = reader(xml);
            Map<String, String> job = new HashMap<>();
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    String name = reader.getLocalName();
                    answered |= name.equals("job_info");
                    if (name.equals("job_list")) {
                        job.clear();
                    } else if (!name.equals("job_info") && !name.equals("queue_info")) {
                        job.put(name, reader.getElementText().strip());
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && reader.getLocalName().equals("job_list")) {
                    add(job, why, found);
                    job.clear();
                }
            }
        } catch (XMLStreamException | RuntimeException e) { // the parser has bugs of its own
            if (e instanceof SchedulerException s) {
                throw s;
            }
            throw new SchedulerException("qstat's answer is not whole: " + e.getMessage(), List.of(), e);
        }
        if (!answered) {
            throw new SchedulerException("qstat's answer is not of the form that was asked for");
        }
        return found;
    }

    private static XMLStreamReader reader(String xml) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory.createXMLStreamReader(new StringReader(xml));
    }

    private static void add(Map<String, String> job, Map<String, String> why, Map<NativeId, JobStatus> found) {
        String number = job.getOrDefault("JB_job_number", "");
        String letters = job.getOrDefault("state", "");
        if (!number.matches("[0-9]{1,18}") || !STATE.matcher(letters).matches()) {
            throw new SchedulerException("qstat names a job without its number or state: " + job);
        }
        String host = job.getOrDefault("queue_name", "");
        Optional<String> node =
                Optional.of(host.substring(host.indexOf('@') + 1)).filter(h -> host.contains("@") && !h.isEmpty());
        Optional<Instant> started = time(job.getOrDefault("JAT_start_time", ""));
        String tasks = job.getOrDefault("tasks", "");
        if (tasks.isEmpty()) {
            found.put(NativeId.of(number), status(letters, why.getOrDefault(number + ".1", ""), node, started));
        } else {
            eachTask(
                    tasks,
                    task -> found.put(
                            NativeId.of(number + "." + task),
                            status(letters, why.getOrDefault(number + "." + task, ""), node, started)));
        }
    }

    /** As {@code 7}, {@code 5-10:1} or {@code 3,4,8-20:2}. */
    private static void eachTask(String tasks, Consumer<Integer> each) {
        int count = 0;
        for (String part : tasks.split(",", -1)) {
            Matcher m = RANGE.matcher(part.strip());
            if (!m.matches()) {
                throw new SchedulerException("qstat names tasks in a form that is not known: " + tasks);
            }
            int first = Integer.parseInt(m.group(1));
            int last = m.group(2) == null ? first : Integer.parseInt(m.group(2));
            int step = m.group(3) == null ? 1 : Math.max(1, Integer.parseInt(m.group(3)));
            for (int task = first; task <= last; task += step) {
                if (++count > MOST_TASKS) {
                    throw new SchedulerException("qstat names more tasks than there can be: " + tasks);
                }
                each.accept(task);
            }
        }
    }

    private static JobStatus status(String letters, String why, Optional<String> node, Optional<Instant> started) {
        boolean failed = letters.indexOf('E') >= 0;
        boolean waits = letters.indexOf('q') >= 0 || letters.indexOf('w') >= 0;
        boolean runs = letters.chars().anyMatch(c -> "rtsSTRNPd".indexOf(c) >= 0);
        JobState state = failed || waits ? JobState.PENDING : runs ? JobState.RUNNING : JobState.UNKNOWN;
        String detail = letters;
        if (failed) {
            detail += " (" + (why.isEmpty() ? "error" : why) + ")";
        } else if (letters.indexOf('d') >= 0) {
            detail += " (being deleted)";
        } else if (letters.indexOf('h') >= 0) {
            detail += " (held)";
        } else if (state == JobState.UNKNOWN) {
            detail += ", a state that Clustrix does not know";
        }
        return new JobStatus(
                state,
                OptionalInt.empty(),
                detail,
                node,
                state == JobState.PENDING ? Optional.empty() : started,
                Optional.empty());
    }

    /** Commands are called with {@code TZ=UTC}. */
    private static Optional<Instant> time(String text) {
        try {
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** By job and task; a job without an array has the task 1. */
    private static Map<String, String> reasons(String text) {
        Map<String, String> why = new HashMap<>();
        String job = "";
        for (String line : text.lines().toList()) {
            Matcher number = JOB.matcher(line.strip());
            Matcher reason = REASON.matcher(line.strip());
            if (number.matches()) {
                job = number.group(1);
            } else if (reason.matches()) {
                String words = ORIGIN.matcher(reason.group(2)).replaceFirst("");
                why.put(job + "." + Integer.parseInt(reason.group(1)), words);
            }
        }
        return why;
    }
}

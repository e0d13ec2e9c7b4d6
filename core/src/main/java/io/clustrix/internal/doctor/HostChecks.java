package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** The way to the host, its clock, the work directory, and Java. */
final class HostChecks {
    static final String CONNECTION = "connection";
    static final String HOST_KEY = "host-key";
    static final String LOG_IN = "log-in";
    static final String CLOCK = "clock";
    static final String WORK_DIRECTORY = "work-directory";
    static final String DISK_SPACE = "disk-space";
    static final String FILE_LATENCY = "file-latency";
    static final String JAVA = "java";

    /** How far clocks may be apart before somebody is told. */
    static final Duration TOLERANCE = Duration.ofSeconds(5);

    private static final Duration CONTACT = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofSeconds(30);
    private static final Duration FILES = Duration.ofMinutes(2);

    /** Above what the provisioners' own limits add up to, whose message is better. */
    private static final Duration MORE = Duration.ofSeconds(30);

    private static final long LITTLE_KIB = 1 << 20;
    private static final long FEW_FILES = 10_000;
    private static final long SLOW_NANOS = 50_000_000;
    private static final RemoteScript DIRECTORY = RemoteScript.of(HostChecks.class, "directory.sh");
    private static final Pattern FULL = Pattern.compile("(?i)no space left|quota|disk full");
    private static final String ROOM = "make room in the work directory (disk, quota), or set another work-directory";

    /** The transport's own words for a host key that it refuses; other settings that are wrong have the same fault. */
    private static final Pattern ABOUT_KEY = Pattern.compile("(?i)\\bthe key of |\\bits key is ");

    private final Patient.Site site;
    private final Host host;
    private final Facts facts;
    private final Clock clock;

    HostChecks(Patient.Site site, Facts facts, Clock clock) {
        this.site = site;
        this.host = site.host();
        this.facts = facts;
        this.clock = clock;
    }

    List<Check> all() {
        Duration java = site.settings()
                .environment()
                .timeout()
                .plus(site.settings().environment().fallback().timeout())
                .multipliedBy(2)
                .plus(MORE);
        List<Check> checks = new ArrayList<>();
        boolean here = site.settings().host().isEmpty();
        // Its own key and clock are nothing that a machine could get wrong.
        List<String> way = here ? List.of(CONNECTION) : List.of(CONNECTION, HOST_KEY, LOG_IN);
        checks.add(new Check(way, List.of(), CONTACT.plus(SHORT), this::contact));
        if (!here) {
            checks.add(new Check(List.of(CLOCK), List.of(LOG_IN), SHORT.multipliedBy(2), this::clock));
        }
        checks.add(new Check(
                List.of(WORK_DIRECTORY, DISK_SPACE, FILE_LATENCY),
                List.of(CONNECTION, LOG_IN),
                FILES.plus(SHORT),
                this::workDirectory));
        checks.add(new Check(List.of(JAVA), List.of(WORK_DIRECTORY, DISK_SPACE), java, this::java));
        return checks;
    }

    private List<Finding> contact() throws InterruptedException {
        boolean here = site.settings().host().isEmpty();
        CommandResult r;
        try {
            r = host.run(Command.of("true").withTimeout(CONTACT));
        } catch (HostException e) {
            return refused(e);
        }
        if (r.exit() != 0) {
            return List.of(Findings.failure(
                    CONNECTION,
                    host.name() + " runs no commands: " + r.summary(),
                    "ask the site whether the account may run commands over SSH, and see what its start files"
                            + " (.profile, .bashrc) do"));
        }
        if (here) {
            return List.of(Findings.ok(CONNECTION, "commands run on this machine"));
        }
        String time = String.format(Locale.ROOT, "%.0f ms", r.took().toNanos() / 1e6);
        return List.of(
                Findings.ok(CONNECTION, host.name() + " answers; log-in and a command took " + time),
                Findings.ok(HOST_KEY, "it is the known one"),
                Findings.ok(LOG_IN, "the host lets the user in"));
    }

    private List<Finding> refused(HostException e) {
        Finding reached = Findings.ok(CONNECTION, host.name() + " answers");
        if (e.fault() == Fault.USER) {
            return List.of(
                    reached,
                    Findings.ok(HOST_KEY, "it is the known one"),
                    Findings.failure(LOG_IN, e, "clustrix ssh-setup HOST puts a key there that is let in"));
        }
        if (e.fault() == Fault.CONFIGURATION
                && ABOUT_KEY.matcher(Findings.problem(e)).find()) {
            return List.of(
                    reached, Findings.failure(HOST_KEY, e, "compare the key with the one that the site publishes"));
        }
        return List.of(Findings.failure(
                CONNECTION, e, "see that the host's name is right and that it can be reached from this network"));
    }

    private List<Finding> clock() throws InterruptedException {
        long before = clock.millis();
        CommandResult r = host.run(Command.of("env", "LC_ALL=C", "date", "+%s").withTimeout(SHORT));
        long after = clock.millis();
        String text = r.out().strip();
        if (r.exit() != 0 || !text.matches("[0-9]{1,12}")) {
            return List.of(Findings.skipped(CLOCK, "the host does not tell its time: " + r.summary()));
        }
        return List.of(
                compared(CLOCK, "the clock of " + host.name(), before, after, Long.parseLong(text) * 1000, 1000));
    }

    /**
     * Compares clocks.
     *
     * @param before this machine's time at the latest moment before the other one was read
     * @param after the same after it
     * @param there what the other one said
     * @param step how coarse that is
     */
    static Finding compared(String check, String what, long before, long after, long there, long step) {
        long tolerance = TOLERANCE.toMillis();
        long ahead = there - after;
        long behind = before - (there + step);
        if (ahead <= tolerance && behind <= tolerance) {
            return Findings.ok(check, what + " is that of this machine, within " + TOLERANCE.toSeconds() + " s");
        }
        Duration off = Duration.ofMillis(Math.max(ahead, behind));
        return Findings.warning(
                check,
                what + " is " + off.toSeconds() + " s " + (ahead > behind ? "ahead of" : "behind")
                        + " that of this machine; jobs run, but times in lists and logs don't fit together",
                "set the wrong one by NTP: on this machine 'timedatectl set-ntp true', on the cluster tell the site");
    }

    private List<Finding> workDirectory() throws InterruptedException {
        String wanted = site.settings().workDirectory();
        CommandResult r = host.run(DIRECTORY.command(FILES, wanted, Long.toString(System.nanoTime(), 36)));
        Lines lines = Lines.of(r.out());
        if (!lines.has("end") && !lines.has("work")) {
            return List.of(Findings.failure(
                    WORK_DIRECTORY,
                    "the work directory " + wanted + " can't be looked at: " + DIRECTORY.summary(r),
                    mend()));
        }
        String problem = lines.get("problem").orElse("");
        if (FULL.matcher(problem).find()) {
            return List.of(
                    Findings.skipped(WORK_DIRECTORY, "not told, because of " + DISK_SPACE),
                    Findings.failure(DISK_SPACE, "no file can be made in " + wanted + ": " + problem, ROOM));
        }
        String work = lines.get("work").orElse("");
        if (!problem.isEmpty() || !work.startsWith("/") || work.indexOf('%') >= 0 || work.indexOf('\\') >= 0) {
            if (lines.has("home") && !wanted.equals("~/.clustrix")) {
                facts.propose(
                        "work-directory",
                        "\"~/.clustrix\"",
                        "the home directory can be written to; see that the compute nodes have it too");
            }
            return List.of(Findings.failure(
                    WORK_DIRECTORY,
                    "the work directory " + wanted + " on " + host.name() + " can't be used: "
                            + (problem.isEmpty() ? "its name is " + work + ", and may have no '%' or '\\'" : problem),
                    mend()));
        }
        facts.put(Facts.WORK, work);
        List<Finding> findings = new ArrayList<>();
        findings.add(Findings.ok(
                WORK_DIRECTORY,
                work + (lines.has("existed") ? " is there" : " was made") + ", and files can be written"));
        findings.add(space(lines));
        if (!lines.has("full")) {
            findings.add(latency(lines));
        }
        return findings;
    }

    private static String mend() {
        return "set work-directory in the cluster's block to a directory that you may write and that the compute nodes"
                + " see too";
    }

    private static Finding space(Lines lines) {
        if (lines.has("full")) {
            return Findings.failure(
                    DISK_SPACE, "4 MiB can't be written: " + lines.get("full").orElse(""), ROOM);
        }
        OptionalLong free = lines.number("free");
        OptionalLong inodes = lines.number("inodes");
        String told = (free.isPresent() ? mib(free.getAsLong()) + " MiB are free" : "4 MiB could be written")
                + (inodes.isPresent() ? ", and " + inodes.getAsLong() + " files can be made" : "");
        boolean little = free.isPresent() && free.getAsLong() < LITTLE_KIB;
        boolean few = inodes.isPresent() && inodes.getAsLong() < FEW_FILES;
        return little || few
                ? Findings.warning(DISK_SPACE, told + ", which is little", ROOM)
                : Findings.ok(DISK_SPACE, told);
    }

    private static long mib(long kib) {
        return kib >> 10;
    }

    private static Finding latency(Lines lines) {
        OptionalLong nanos = lines.number("nanos");
        if (nanos.isEmpty()) {
            return Findings.skipped(FILE_LATENCY, "the host's clock is too coarse to tell");
        }
        String told = String.format(Locale.ROOT, "a small file takes %.2f ms", nanos.getAsLong() / 1e6)
                + lines.get("kind").map(k -> ", on " + k).orElse("");
        return nanos.getAsLong() > SLOW_NANOS
                ? Findings.warning(
                        FILE_LATENCY,
                        told + "; each result is one",
                        "set work-directory to a faster file system that the nodes see too, or use larger chunks, which"
                                + " make fewer files")
                : Findings.ok(FILE_LATENCY, told);
    }

    private List<Finding> java() throws InterruptedException {
        RemotePath work = new RemotePath(facts.get(Facts.WORK).orElseThrow());
        Environment found;
        try {
            found = site.environments().get(0, host, host, work, work, Map.of());
        } catch (ProvisioningException e) {
            anyOther(work);
            return List.of(Findings.failure(
                    JAVA, e, "name a module that brings a Java (environment.modules), or its path (environment.java)"));
        }
        return List.of(
                found.javaVersion() == 0
                        ? Findings.skipped(
                                JAVA, "nobody looks for it on the host (" + found.description() + "); the job tells")
                        : Findings.ok(JAVA, found.description()));
    }

    /** Whether another Java than the one that was asked for would do. */
    private void anyOther(RemotePath work) throws InterruptedException {
        if (site.settings().environment().java().isEmpty()) {
            return;
        }
        try {
            Environment other = site.anyJava().get(0, host, host, work, work, Map.of());
            facts.propose("environment.java", "\"any\"", "the host has " + other.description());
        } catch (ProvisioningException e) {
            // Then there is nothing to be proposed, and the finding says what was looked at.
        }
    }
}

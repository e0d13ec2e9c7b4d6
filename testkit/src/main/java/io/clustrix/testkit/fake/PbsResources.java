package io.clustrix.testkit.fake;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code -l} asks for.
 *
 * @param shown as it is shown: {@code Resource_List.NAME} and values
 * @param ncpus of all chunks together
 * @param walltime the limit
 * @param chunk one chunk's resources
 * @param chunks how many there are
 */
record PbsResources(
        Map<String, String> shown, int ncpus, Optional<Duration> walltime, Map<String, String> chunk, int chunks) {
    private static final Set<String> KNOWN = Set.of(
            "ncpus",
            "mem",
            "vmem",
            "pmem",
            "pvmem",
            "walltime",
            "cput",
            "pcput",
            "nodes",
            "nodect",
            "place",
            "select",
            "mpiprocs",
            "ompthreads",
            "nice",
            "file",
            "host",
            "arch",
            "software");

    private static final Pattern TIME = Pattern.compile("(?:(?:([0-9]+):)?([0-9]+):)?([0-9]+)");
    private static final Pattern SIZE = Pattern.compile("([0-9]+)([kmgtp]?)[bw]?", Pattern.CASE_INSENSITIVE);

    static PbsResources of(List<String> lists) {
        Map<String, String> asked = new LinkedHashMap<>();
        for (String list : lists) {
            for (String item : list.split(",", -1)) {
                int sign = item.indexOf('=');
                String name = sign < 0 ? item : item.substring(0, sign);
                if (!KNOWN.contains(name)) {
                    throw new Refusal(187, "qsub: Unknown resource Resource_List." + name);
                }
                asked.put(name, sign < 0 ? "" : item.substring(sign + 1));
            }
        }
        Optional<Duration> walltime = Optional.ofNullable(asked.get("walltime")).map(PbsResources::time);
        Map<String, String> chunk = new LinkedHashMap<>();
        int chunks = 1;
        String select = asked.get("select");
        if (select == null && asked.containsKey("nodes")) {
            select = asked.get("nodes").replace("ppn=", "ncpus=");
        }
        if (select != null) {
            if (asked.containsKey("select")) {
                for (String name : List.of("ncpus", "mem", "nodes")) {
                    if (asked.containsKey(name)) {
                        throw new Refusal(
                                5,
                                "qsub: \"-lresource=\" cannot be used with \"select\" or \"place\", resource is: "
                                        + name);
                    }
                }
            }
            if (select.contains("+")) {
                throw new Refusal(2, "qsub: the fake does not imitate a select with several kinds of chunks");
            }
            String[] parts = select.split(":", -1);
            if (!parts[0].matches("[1-9][0-9]{0,5}")) {
                throw bad("Resource_List.select");
            }
            chunks = Integer.parseInt(parts[0]);
            for (int i = 1; i < parts.length; i++) {
                String name = parts[i].replaceFirst("=.*", "");
                if (!KNOWN.contains(name)) {
                    throw new Refusal(187, "qsub: Unknown resource: " + name);
                }
                chunk.put(name, parts[i].substring(Math.min(parts[i].length(), name.length() + 1)));
            }
        } else {
            new TreeMap<>(asked).forEach((k, v) -> {
                if (Set.of("ncpus", "mem", "vmem").contains(k)) {
                    chunk.put(k, v);
                }
            });
        }
        chunk.putIfAbsent("ncpus", "1");
        if (!chunk.get("ncpus").matches("[0-9]{1,6}")) {
            throw bad(select != null ? "select.ncpus" : "Resource_List.ncpus");
        }
        String memory = chunk.get("mem");
        if (memory != null && !SIZE.matcher(memory).matches()) {
            throw bad(select != null ? "select.mem" : "Resource_List.mem");
        }
        int ncpus = chunks * Integer.parseInt(chunk.get("ncpus"));
        Map<String, String> shown = new TreeMap<>();
        asked.forEach((k, v) -> shown.put("Resource_List." + k, v));
        shown.put("Resource_List.ncpus", Integer.toString(ncpus));
        shown.put("Resource_List.nodect", Integer.toString(chunks));
        shown.putIfAbsent(
                "Resource_List.place", asked.containsKey("nodes") ? "scatter" : select != null ? "free" : "pack");
        shown.putIfAbsent(
                "Resource_List.select",
                chunks
                        + chunk.entrySet().stream()
                                .map(e -> ":" + e.getKey() + "=" + e.getValue())
                                .collect(Collectors.joining()));
        if (memory != null) {
            shown.put("Resource_List.mem", chunks == 1 ? memory : chunks * kilobytes(memory) + "kb");
        }
        walltime.ifPresent(t -> shown.put("Resource_List.walltime", PbsText.clock(t)));
        return new PbsResources(shown, ncpus, walltime.filter(t -> !t.isZero()), chunk, chunks);
    }

    private static Refusal bad(String what) {
        return new Refusal(166, "qsub: Illegal attribute or resource value " + what);
    }

    private static Duration time(String text) {
        Matcher m = TIME.matcher(text);
        if (!m.matches()) {
            throw bad("Resource_List.walltime");
        }
        return Duration.ofHours(m.group(1) == null ? 0 : Long.parseLong(m.group(1)))
                .plusMinutes(m.group(2) == null ? 0 : Long.parseLong(m.group(2)))
                .plusSeconds(Long.parseLong(m.group(3)));
    }

    private static long kilobytes(String size) {
        Matcher m = SIZE.matcher(size);
        if (!m.matches()) {
            throw bad("Resource_List.mem");
        }
        long n = Long.parseLong(m.group(1));
        int power = "kmgtp".indexOf(m.group(2).toLowerCase(Locale.ROOT));
        return m.group(2).isEmpty() ? (n + 1023) / 1024 : n << (10 * power);
    }

    /** Of all chunks, in kB. */
    long memory() {
        return chunk.containsKey("mem") ? chunks * kilobytes(chunk.getOrDefault("mem", "")) : 0;
    }

    /** Where it runs, as it is shown. */
    String vnode(String node) {
        String one = "(" + node
                + chunk.entrySet().stream()
                        .map(e -> ":" + e.getKey() + "="
                                + (e.getKey().equals("mem") ? kilobytes(e.getValue()) + "kb" : e.getValue()))
                        .collect(Collectors.joining())
                + ")";
        return String.join("+", java.util.Collections.nCopies(chunks, one));
    }
}

package io.clustrix.internal.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a look for Javas on a host has found.
 *
 * @param platform operating system and processor, as {@code uname} tells them
 * @param javas those that could be started, the best first
 * @param looked what was looked at, for messages
 * @param unfit whether modules and set-up lines can't be run there, so that nothing can be told of the nodes
 */
record Survey(String platform, List<FoundJava> javas, List<String> looked, boolean unfit) {
    /** What the script printed last. */
    private static final String END = "end";

    /** Reads what the script printed; empty if that is not all of it. */
    static Optional<Survey> parse(String answer) {
        String platform = "";
        List<FoundJava> javas = new ArrayList<>();
        List<String> looked = new ArrayList<>();
        boolean whole = false;
        boolean unfit = false;
        for (String line : answer.lines().toList()) {
            String[] f = line.split("\t", -1);
            switch (f[0]) {
                case "platform" -> platform = at(f, 1);
                case "java" -> {
                    FoundJava java = new FoundJava(at(f, 1), at(f, 2), number(at(f, 3)), at(f, 4), at(f, 5));
                    javas.add(java);
                    looked.add(java.described() + place(java.from()));
                }
                case "other" -> looked.add("Java " + at(f, 3) + ", " + at(f, 2) + place(at(f, 1)));
                case "failed" -> looked.add(at(f, 2) + place(at(f, 1)) + ", which does not start: " + at(f, 3).strip());
                case "absent" -> looked.add(at(f, 2) + place(at(f, 1)) + ", which is not there or not executable");
                case "unset" ->
                    looked.add(at(f, 1).equals("PATH") ? "PATH, which has no java" : "JAVA_HOME, which is not set");
                case "unfit" -> unfit = true;
                case END -> whole = true;
                default -> {}
            }
        }
        return whole
                ? Optional.of(new Survey(platform, List.copyOf(javas), List.copyOf(looked), unfit))
                : Optional.empty();
    }

    private static String place(String from) {
        return switch (from) {
            case "JAVA_HOME", "PATH" -> " (" + from + ")";
            default -> "";
        };
    }

    private static String at(String[] fields, int i) {
        return i < fields.length ? fields[i] : "";
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : 0;
    }

    /** The first one that will do for the user's code. */
    Optional<FoundJava> work(JavaWish wish, boolean prefixed) {
        return first(j -> !j.from().equals("control")
                && prefixed == j.from().equals("prefix")
                && (!wish.path().isPresent() || prefixed || j.from().equals("asked"))
                && (!wish.shipped() || prefixed || j.from().equals("shipped"))
                && wish.takes(j));
    }

    /** The first one that will do to supervise. */
    Optional<FoundJava> control(JavaWish wish) {
        return first(j -> !j.from().equals("prefix")
                && (wish.path().isEmpty() || wish.path().get().equals(j.path()))
                && (!wish.shipped() || j.from().equals("shipped"))
                && wish.takes(j));
    }

    private Optional<FoundJava> first(Predicate<FoundJava> good) {
        return javas.stream().filter(good).findFirst();
    }
}

package io.clustrix.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
    /** java.nio takes the end of such a range for a part of a regular expression, lets a slash be one, or no dash. */
    private static final Pattern RANGE_TO_META = Pattern.compile("-[\\[&\\\\^/-]|\\[\\^-");

    private static final String[] PIECES = {
        "a", "b", "c", ".", "/", "*", "**", "?", "[a-b]", "[!a]", "[^b]", "[]", "[-a]", "[a-]", "[a-c-e]", "[b-a]", "[",
        "]", "{a,b}", "{a/b,c}", "{", "}", ",", "\\*", "\\", "\\a", "é", "日", "(", "$", "[&&a]", "[a/]", "{*,b?}",
                "[.]",
        "-", "+", "|", "^", "!", "[[]", "[\\]", "[!-a]", "[--a]"
    };
    private static final String[] TEXT = {
        "a", "b", "c", ".", "/", "*", "[", "]", "{", "}", ",", "é", "日", "(", "$", "&", "-", "^", "!", "\\", "a/b"
    };

    private static String random(Random random, String[] pieces, int most) {
        StringBuilder text = new StringBuilder();
        for (int n = 1 + random.nextInt(most); n > 0; n--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }

    private static boolean isNormal(String path) {
        return !path.isEmpty() && !path.equals(".") && PathText.normal(path).equals(path) && !path.startsWith("/");
    }

    @Test
    @DisplayName("100,000 random patterns match what java.nio's do, and are wrong where its are")
    void sameAsJavaNio() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int matched = 0;
        int wrong = 0;
        for (int i = 0; i < 100_000; i++) {
            String glob = random(random, PIECES, 5);
            if (!isNormal(glob) || RANGE_TO_META.matcher(glob).find()) {
                continue;
            }
            List<String> paths = new ArrayList<>();
            for (int k = 0; k < 10; k++) {
                String path = random(random, TEXT, 4);
                if (isNormal(path)) {
                    paths.add(path);
                }
            }
            PathMatcher expected;
            try {
                expected = FileSystems.getDefault().getPathMatcher("glob:" + glob);
            } catch (PatternSyntaxException e) {
                assertThatIllegalArgumentException()
                        .as("%s is no pattern to java.nio: %s (seed %d)", glob, e, seed)
                        .isThrownBy(() -> Glob.ofPath(glob));
                wrong++;
                continue;
            }
            Glob actual = Glob.ofPath(glob);
            for (String path : paths) {
                boolean matches = expected.matches(Path.of(path));
                matched += matches ? 1 : 0;
                assertThat(found(actual, path))
                        .as("%s and %s (seed %d): %s", glob, path, seed, actual)
                        .isEqualTo(matches);
            }
        }
        assertThat(matched).isGreaterThan(1000);
        assertThat(wrong).isGreaterThan(1000);
    }

    /** As the file system finds it: below the directory, at the depth, with the filter on its name. */
    private static boolean found(Glob glob, String path) {
        String relative = path;
        if (!glob.directory().equals(".")) {
            if (!path.startsWith(glob.directory() + "/")) {
                return false;
            }
            relative = path.substring(glob.directory().length() + 1);
        }
        int depth = relative.split("/", -1).length;
        if (glob.depth().isPresent() && glob.depth().getAsInt() != depth) {
            return false;
        }
        String name = relative.substring(relative.lastIndexOf('/') + 1);
        return filtered(glob.nameFilter(), name) && glob.matches(relative);
    }

    private static boolean filtered(String filter, String name) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < filter.length(); i++) {
            char c = filter.charAt(i);
            if (c == '*') {
                regex.append(".*");
            } else {
                regex.append(Pattern.quote(String.valueOf(c == '\\' ? filter.charAt(++i) : c)));
            }
        }
        return filter.isEmpty()
                || Pattern.compile(regex.toString()).matcher(name).matches();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "*.csv,.,1,*.csv",
                "data/run-*/out.csv,data,2,out.csv",
                "/data//a/*,/data/a,1,''",
                "/*,/,1,''",
                "~/x/[ab]?c,~/x,1,**c",
                "~/a,~,1,a",
                "./~/a*,./~,1,a*",
                "data/**/x.csv,data,,x.csv",
                "data/a**b,data,,*b",
                "\"{a,b/c}/d\",.,,''",
                "\"x{a,b}y\",.,1,x*y",
                "a\\*b,.,1,a\\*b",
                "\"a{**,c}d\",.,,*d",
            })
    @DisplayName("what is asked of the host is no more than has to be")
    void parts(String pattern, String directory, Integer depth, String filter) {
        Glob glob = Glob.ofPath(pattern);

        assertThat(glob.directory()).isEqualTo(directory);
        assertThat(glob.depth()).isEqualTo(depth == null ? OptionalInt.empty() : OptionalInt.of(depth));
        assertThat(glob.nameFilter()).isEqualTo("''".equals(filter) ? "" : filter);
    }

    @Test
    @DisplayName("names with line breaks match, and those that are no UTF-8")
    void oddNames() {
        assertThat(Glob.ofPath("**").matches("a\nb/c")).isTrue();
        assertThat(Glob.ofPath("a*").matches("a\n")).isTrue();
        assertThat(Glob.ofPath("a?").matches("a\uDCE9")).isTrue();
        assertThat(Glob.ofPath("a\uDCE9").matches("a\uDCE9")).isTrue();
        assertThat(Glob.ofPath("?").matches("😀")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "[", "{a", "{{a}}", "\\", "[]", "a\0"})
    @DisplayName("what is no pattern of names is refused")
    void refused(String pattern) {
        assertThatIllegalArgumentException().isThrownBy(() -> Glob.ofName(".", pattern));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", ".", "~", "./", "[", "a\0"})
    @DisplayName("what is no pattern of paths is refused")
    void refusedPaths(String pattern) {
        assertThatIllegalArgumentException().isThrownBy(() -> Glob.ofPath(pattern));
    }
}

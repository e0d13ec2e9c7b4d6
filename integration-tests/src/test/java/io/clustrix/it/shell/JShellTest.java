package io.clustrix.it.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is defined in a running JShell goes to worker processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class JShellTest {
    @SuppressWarnings("NullAway.Init") // before the first test
    private List<Named<Shell>> shells;

    @BeforeAll
    void open(@TempDir Path directory) {
        shells = List.of(
                Named.of("snippets in a JVM of their own", Shell.inOtherJvm()),
                Named.of("snippets in this JVM", Shell.inThisJvm()));
        String open = """
                import io.clustrix.*;
                import java.util.*;
                import java.util.stream.*;
                var c = Clustrix.builder().set("cache-directory", java.nio.file.Path.of("%s")).set("clusters.local.mode", "processes").set("clusters.local.workers", 2).set("clusters.local.class-data-sharing", false).open();
                """.formatted(directory.resolve("cache"));
        shells.forEach(s -> s.getPayload().enter(open));
    }

    @AfterAll
    void close() {
        shells.forEach(s -> {
            s.getPayload().enter("c.close();");
            s.getPayload().close();
        });
    }

    Stream<Named<Shell>> shells() {
        return shells.stream();
    }

    @Test
    @DisplayName("the sessions of the page on JShell show what a shell shows")
    void page() throws IOException {
        for (Shell shell : List.of(Shell.inOtherJvm(), Shell.inThisJvm())) {
            try (shell) {
                for (String[] step : Session.steps("jshell.md")) {
                    String shown = shell.enter(step[0]);
                    if (!step[1].isEmpty()) {
                        assertThat(shown).as(step[0]).isEqualTo(step[1]);
                    }
                }
            }
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("a lambda of the shell runs in another process")
    void lambda(Shell shell) {
        assertThat(shell.enter("""
                c.submit(() -> ProcessHandle.current().pid()).get() != ProcessHandle.current().pid()
                """)).isEqualTo("true");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("methods, records, enums, interfaces and classes of the shell go along, and come back")
    void definitions(Shell shell) {
        assertThat(shell.enter("""
                enum Sign { PLUS { int of(int i) { return i; } }, MINUS { int of(int i) { return -i; } }; abstract int of(int i); }
                record Point(int x, int y) { Point mirrored(Sign s) { return new Point(s.of(x), y); } }
                interface Shape { double area(); default String told() { return "area " + area(); } }
                class Square implements Shape { final double a; Square(double a) { this.a = a; } public double area() { return squared(a); } }
                double squared(double d) { return d * d; }
                Point moved(Point p, int by) { return new Point(p.x() + by, p.y()); }
                Point p = c.submit(() -> moved(new Point(1, 2), 10).mirrored(Sign.MINUS)).get();
                p
                """)).isEqualTo("Point[x=-11, y=2]");
        assertThat(shell.enter("c.submit(() -> new Square(3).told()).get()")).isEqualTo("\"area 9.0\"");
        assertThat(shell.enter("""
                String captured(Shape s, Sign m, List<Point> ps) throws Exception { return c.submit(() -> s.told() + m.of(1) + ps.get(0).x()).get(); }
                captured(new Square(2), Sign.MINUS, List.of(p))
                """)).isEqualTo("\"area 4.0-1-11\"");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("a map's items and results are of the shell's classes")
    void map(Shell shell) {
        assertThat(shell.enter("""
                record Pair(int a, String b) {}
                Pair twice(Pair p) { return new Pair(2 * p.a(), p.b() + p.b()); }
                var pairs = IntStream.range(0, 200).mapToObj(i -> new Pair(i, "x" + i)).toList();
                List<Pair> doubled = c.map(pairs, p -> twice(p)).get();
                doubled.equals(pairs.stream().map(p -> twice(p)).toList())
                """)).isEqualTo("true");
        assertThat(shell.enter("c.map(pairs, Objects::toString).get().get(7)")).isEqualTo("\"Pair[a=7, b=x7]\"");
        assertThat(shell.enter("c.map(0, 50, i -> new Pair(i, \"\")).get().get(49).a()"))
                .isEqualTo("49");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("a variable of the shell has in the worker the value that it had when the task was submitted")
    void variables(Shell shell) {
        assertThat(shell.enter("""
                int x = 5;
                long[] ls = { 1, 2, 3 };
                RemoteFn f = i -> i + x;
                """.replace("RemoteFn", "io.clustrix.spi.RemoteFunction<Integer, Integer>") + """
                int plusX(int i) throws Exception { return f.apply(i); }
                c.submit(() -> plusX(1) + LongStream.of(ls).sum()).get()
                """))
                .isEqualTo("12");
        assertThat(shell.enter("""
                var before = c.submit(() -> { Thread.sleep(200); return x; });
                x = 6;
                var after = c.submit(() -> x);
                "" + before.get() + after.get()
                """)).isEqualTo("\"56\"");
        assertThat(shell.enter("x = 7; c.map(IntStream.range(0, 100).boxed().toList(), i -> i * x).get().get(99)"))
                .isEqualTo("693");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("what a task changes in a variable is not seen by the next")
    void changed(Shell shell) {
        assertThat(shell.enter("""
                int count = 0;
                io.clustrix.spi.RemoteCallable<Integer> counting = () -> ++count;
                IntStream.range(0, 10).mapToObj(i -> c.submit(counting)).mapToInt(j -> j.join()).sum() + count
                """)).isEqualTo("10");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("a variable that can't be sent is named, and what to do")
    void unsendable(Shell shell) {
        shell.enter("Thread thread = new Thread(() -> {}); String nameOf(Thread t) { return t.getName(); }");
        assertThatThrownBy(() -> shell.enter("c.submit(() -> nameOf(thread))"))
                .hasMessageContaining("SerializationException")
                .hasMessageContaining("the task reads the variable 'thread' of the shell")
                .hasMessageContaining("a local variable within a method, or an argument");
        assertThatThrownBy(() -> shell.enter("c.submit(() -> c.submit(() -> 1).get())"))
                .hasMessageContaining("the variable 'c' of the shell");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("what is defined anew is what later tasks run")
    void defined(Shell shell) {
        assertThat(shell.enter("""
                int answer() { return 41; }
                c.submit(() -> answer()).get()
                """)).isEqualTo("41");
        assertThat(shell.enter("""
                int answer() { return 42; }
                c.submit(() -> answer()).get()
                """)).isEqualTo("42");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("shells")
    @DisplayName("an exception class of the shell comes back")
    void exceptions(Shell shell) {
        assertThat(shell.enter("""
                class Odd extends RuntimeException { final int n; Odd(int n) { super("odd: " + n); this.n = n; } }
                int even(int i) { if (i %% 2 == 1) throw new Odd(i); return i; }
                int caught() throws Exception { try { return c.submit(() -> even(3)).get(); } catch (java.util.concurrent.ExecutionException e) { return ((Odd) e.getCause()).n; } }
                caught()
                """.replace("%%", "%"))).isEqualTo("3");
    }
}

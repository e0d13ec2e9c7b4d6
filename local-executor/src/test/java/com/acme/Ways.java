package com.acme;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** The ways from a function to its I/O. */
public class Ways implements Serializable {
    private static final long serialVersionUID = 1L;

    static String read() throws IOException {
        return Files.readString(Path.of("in"));
    }

    static String readQuietly(String name) {
        try {
            return Files.readString(Path.of(name));
        } catch (IOException e) {
            return "";
        }
    }

    // Lambdas and method references

    public static RemoteCallable<String> transitive() {
        return () -> "<" + Ways.read() + ">";
    }

    public static RemoteCallable<String> staticReference() {
        return Ways::read;
    }

    public static RemoteFunction<Path, String> jdkReference() {
        return Files::readString;
    }

    public static RemoteCallable<Object> constructorReference() {
        return Opens::new;
    }

    public static RemoteCallable<String> boundReference(Source source) {
        return source::load;
    }

    public static RemoteFunction<FileSource, String> unboundReference() {
        return FileSource::load;
    }

    public static RemoteCallable<List<String>> lambdaInLambda() {
        return () -> List.of("a", "b").stream().map(name -> readQuietly(name)).toList();
    }

    public static RemoteCallable<List<String>> referenceInLambda() {
        return () -> List.of("a", "b").stream().map(Ways::readQuietly).toList();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // never run
    public static RemoteCallable<Object> anonymousClassInLambda() {
        return () -> Executors.newCachedThreadPool().submit(new Callable<String>() {
            @Override
            public String call() throws IOException {
                return read();
            }
        });
    }

    public RemoteCallable<String> capturesThis() {
        return () -> step();
    }

    String step() throws IOException {
        return "nothing";
    }

    /** Overrides what its parent's lambda calls. */
    public static final class ReadingWays extends Ways {
        private static final long serialVersionUID = 1L;

        @Override
        String step() throws IOException {
            return read();
        }
    }

    /** Its constructor does it. */
    public static final class Opens {
        final String text;

        public Opens() throws IOException {
            text = read();
        }
    }

    /** No function by its marks, but used as one. */
    public interface Source extends Serializable {
        String load() throws IOException;
    }

    public static final class FileSource implements Source {
        private static final long serialVersionUID = 1L;

        @Override
        public String load() throws IOException {
            return read();
        }
    }

    public static final class ConstantSource implements Source {
        private static final long serialVersionUID = 1L;

        @Override
        public String load() {
            return "constant";
        }
    }

    // Captured functions

    public static RemoteCallable<String> adapter(RemoteFunction<String, String> inner) {
        return () -> inner.apply("x");
    }

    public static RemoteCallable<String> twiceAdapted(RemoteFunction<String, String> inner) {
        RemoteFunction<String, String> middle = text -> inner.apply(text + text);
        return () -> middle.apply("x");
    }

    public static RemoteCallable<String> thriceAdapted(RemoteFunction<String, String> inner) {
        RemoteFunction<String, String> first = text -> inner.apply(text + text);
        RemoteFunction<String, String> second = text -> first.apply(text + text);
        return () -> second.apply("x");
    }

    public static RemoteCallable<String> boundAdapter(RemoteFunction<String, String> inner) {
        return () -> new Applied(inner, "x").call();
    }

    public static RemoteFunction<String, String> reading() {
        return Ways::readQuietly;
    }

    public static RemoteFunction<String, String> trimming() {
        return String::trim;
    }

    @SuppressWarnings("UnnecessaryMethodReference") // it is what is tested
    public static RemoteFunction<String, String> reapplied(RemoteFunction<String, String> inner) {
        return inner::apply;
    }

    /** Holds a function in a field. */
    public record Applied(RemoteFunction<String, String> inner, String item) implements RemoteCallable<String> {
        @Override
        public String call() throws Exception {
            return inner.apply(item);
        }
    }

    public static RemoteCallable<String> anonymousAdapter(RemoteFunction<String, String> inner) {
        return new RemoteCallable<>() {
            private static final long serialVersionUID = 1L;

            @Override
            public String call() throws Exception {
                return inner.apply("x");
            }
        };
    }

    // Classes

    public static final class Named implements RemoteRunnable {
        private static final long serialVersionUID = 1L;

        @Override
        public void run() throws Exception {
            read();
        }
    }

    public static final class NamedInt implements RemoteIntFunction<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String apply(int item) throws IOException {
            return read();
        }
    }

    public static final class NamedConsumer implements RemoteConsumer<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public void accept(String item) {
            readQuietly(item);
        }
    }

    /** Reads in a method that is not the function. */
    public static final class ReadsElsewhere implements RemoteCallable<Integer> {
        private static final long serialVersionUID = 1L;

        @Override
        public Integer call() {
            return 42;
        }

        public String unrelated() throws IOException {
            return read();
        }
    }

    public static RemoteCallable<String> anonymousClass() {
        return new RemoteCallable<>() {
            private static final long serialVersionUID = 1L;

            @Override
            public String call() throws IOException {
                return read();
            }
        };
    }

    public static RemoteCallable<String> localClass() {
        class Local implements RemoteCallable<String> {
            private static final long serialVersionUID = 1L;

            @Override
            public String call() throws IOException {
                return read();
            }
        }
        return new Local();
    }

    /** A template method: the subclass fills in. */
    public abstract static class Template implements RemoteCallable<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String call() throws Exception {
            return part();
        }

        abstract String part() throws Exception;
    }

    public static final class FilledIn extends Template {
        private static final long serialVersionUID = 1L;

        @Override
        String part() throws Exception {
            return read();
        }
    }

    /** A function by a default method. */
    public interface Step extends RemoteCallable<String> {
        @Override
        default String call() throws Exception {
            return name() + Ways.read();
        }

        String name();
    }

    public static final class NamedStep implements Step {
        private static final long serialVersionUID = 1L;

        @Override
        public String name() {
            return "a step";
        }
    }

    /** A thread of one's own: what it inherits waits. */
    public static final class Runner extends Thread {}

    public static RemoteConsumer<Runner> inheritedWaiting() {
        return runner -> runner.join();
    }

    // Cluster methods

    /** What a proxy of {@code @Cluster} methods is made of. */
    public interface Service {
        String work(String item) throws IOException;

        String rest(String item);
    }

    public static final class ServiceImplementation implements Service {
        @Override
        public String work(String item) throws IOException {
            return item + read();
        }

        @Override
        public String rest(String item) {
            return item;
        }
    }

    // Depth, bounds, recursion

    public static RemoteCallable<Boolean> depth(int calls) {
        return switch (calls) {
            case 6 -> () -> Chain.six();
            case 7 -> () -> Chain.seven();
            default -> throw new IllegalArgumentException("no chain of " + calls);
        };
    }

    private static final class Chain {
        static boolean one() {
            return Files.exists(Path.of("x"));
        }

        static boolean two() {
            return one();
        }

        static boolean three() {
            return two();
        }

        static boolean four() {
            return three();
        }

        static boolean five() {
            return four();
        }

        static boolean six() {
            return five();
        }

        static boolean seven() {
            return six();
        }
    }

    public static RemoteIntFunction<Integer> mutualRecursion() {
        return n -> even(n);
    }

    private static int even(int n) {
        return n == 0 ? 1 : odd(n - 1);
    }

    private static int odd(int n) {
        return n == 0 ? 0 : even(n - 1);
    }

    /** A lambda that can't be serialized. */
    public static Callable<String> notSerializable() {
        return () -> read();
    }
}

package io.clustrix.local;

import io.clustrix.local.ClassFile.Body;
import io.clustrix.local.ClassFile.Call;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One walk from a method along its calls, breadth first, so that the shortest way to an indicator is the one that is
 * told. Classes are read as files and never loaded. Used by one thread and thrown away.
 *
 * <p>Methods are looked up as the JVM does it (JVMS 5.4.3.3: the class, its superclasses, its interfaces), from the
 * class that the call names. There is no search for subclasses but one: where the receiver may be the function object
 * itself, its own class decides, so that template methods are followed.
 */
final class CallScan {
    private final IoCalls table;
    private final ClassLoader loader;
    private final @Nullable String self;
    private final int maxDepth;
    private final int maxMethods;

    private final Map<String, Optional<ClassFile>> files = new HashMap<>();
    private final Set<MethodRef> seen = new HashSet<>();
    private final Deque<Step> open = new ArrayDeque<>();
    private @Nullable Set<String> selfAndParents;
    private @Nullable String unreadable;

    /** What a method reference turns out to be. */
    private sealed interface Target {}

    private record Indicator(MethodRef call) implements Target {}

    private record Code(Body body, boolean ofAnonymousClass) implements Target {}

    private record Step(Body body, int depth) {}

    /**
     * A walk.
     *
     * @param loader where the class files are read
     * @param self the class of the function object, with slashes; {@code null} if there is none that has a class file
     * @param maxDepth how many calls away from the start a method may be
     * @param maxMethods how many methods are looked at
     */
    CallScan(IoCalls table, ClassLoader loader, @Nullable String self, int maxDepth, int maxMethods) {
        this.table = table;
        this.loader = loader;
        this.self = self;
        this.maxDepth = maxDepth;
        this.maxMethods = maxMethods;
    }

    /**
     * Walks.
     *
     * @param dynamic whether the class of the function object chooses the implementation
     */
    IoVerdict from(MethodRef start, boolean dynamic) {
        Target target = entry(start, dynamic);
        if (target == null) {
            if (self == null && !table.isTheUsers(start.owner())) {
                return new IoVerdict.None();
            }
            return new IoVerdict.Unknown(
                    unreadable != null
                            ? unreadable
                            : "the bytecode of " + (self == null ? start : start.in(self)).display()
                                    + " is not available");
        }
        if (target instanceof Indicator indicator) {
            return new IoVerdict.Found(indicator.call().display() + ", which is the function itself");
        }
        enqueue((Code) target, 0);
        MethodRef root = ((Code) target).body().method();
        for (Step step = open.poll(); step != null; step = open.poll()) {
            Call indicator = indicatorIn(step, kin(root.owner()));
            if (indicator != null) {
                return new IoVerdict.Found(way(indicator, step.body(), root));
            }
        }
        return unreadable == null ? new IoVerdict.None() : new IoVerdict.Unknown(unreadable);
    }

    private @Nullable Target entry(MethodRef start, boolean dynamic) {
        Target named = find(start);
        if (!dynamic || self == null || isPrivate(named)) {
            return named;
        }
        Target own = find(start.in(self));
        return own != null ? own : named;
    }

    private @Nullable Call indicatorIn(Step step, String kin) {
        for (Call call : step.body().calls()) {
            if (table.contains(call.target())) {
                if (!isALibrarysLock(call.target(), step.body(), kin)) {
                    return call;
                }
                continue;
            }
            if (table.isTheUsers(call.target().owner())) {
                Target target = resolve(call);
                if (target instanceof Indicator indicator) {
                    return new Call(indicator.call(), false, call.line());
                }
                if (target instanceof Code code && step.depth() < maxDepth) {
                    enqueue(code, step.depth() + 1);
                }
            }
        }
        return null;
    }

    /** Libraries guard their caches by locks and yet compute: a JSON parser does not wait. */
    private static boolean isALibrarysLock(MethodRef call, Body caller, String kin) {
        return call.owner().startsWith("java/util/concurrent/")
                && !caller.method().owner().startsWith(kin);
    }

    /** The first two parts of a class's package: what its author's other classes have in common with it. */
    private static String kin(String owner) {
        int first = owner.indexOf('/');
        int second = first < 0 ? -1 : owner.indexOf('/', first + 1);
        return owner.substring(0, (second < 0 ? owner.lastIndexOf('/') : second) + 1);
    }

    private void enqueue(Code code, int depth) {
        add(code.body(), depth);
        if (code.ofAnonymousClass() && code.body().method().name().equals("<init>")) {
            // An anonymous class that is made here is what a lambda is: handed on to be called.
            classFile(code.body().method().owner())
                    .ifPresent(file -> file.bodies().values().stream()
                            .filter(body -> !body.method().name().equals("<clinit>"))
                            .forEach(body -> add(body, depth)));
        }
    }

    private void add(Body body, int depth) {
        if (seen.size() < maxMethods && seen.add(body.method())) {
            open.add(new Step(body, depth));
        }
    }

    private @Nullable Target resolve(Call call) {
        Target named = find(call.target());
        if (call.dynamic()
                && self != null
                && !isPrivate(named)
                && selfAndParents(self).contains(call.target().owner())) {
            Target own = find(call.target().in(self));
            return own != null ? own : named;
        }
        return named;
    }

    private static boolean isPrivate(@Nullable Target target) {
        return target instanceof Code code && code.body().isPrivate();
    }

    /** Looks a method up from its owner upwards. */
    private @Nullable Target find(MethodRef method) {
        Deque<String> interfaces = new ArrayDeque<>();
        String owner = method.owner();
        while (owner != null) {
            Target target = declared(method.in(owner));
            if (target != null) {
                return target;
            }
            ClassFile file = table.isTheUsers(owner) ? classFile(owner).orElse(null) : null;
            if (file == null || method.name().equals("<init>")) {
                break;
            }
            interfaces.addAll(file.interfaces());
            owner = file.superName();
        }
        Set<String> looked = new HashSet<>();
        for (String next = interfaces.poll(); next != null; next = interfaces.poll()) {
            if (!looked.add(next)) {
                continue;
            }
            Target target = declared(method.in(next));
            if (target != null) {
                return target;
            }
            if (table.isTheUsers(next)) {
                classFile(next).ifPresent(file -> interfaces.addAll(file.interfaces()));
            }
        }
        return null;
    }

    private @Nullable Target declared(MethodRef method) {
        if (table.contains(method)) {
            return new Indicator(method);
        }
        if (!table.isTheUsers(method.owner())) {
            return null;
        }
        ClassFile file = classFile(method.owner()).orElse(null);
        Body body = file == null ? null : file.bodies().get(method.name() + method.descriptor());
        return file == null || body == null ? null : new Code(body, file.anonymous());
    }

    private Set<String> selfAndParents(String selfName) {
        Set<String> names = selfAndParents;
        if (names == null) {
            names = new HashSet<>();
            Deque<String> todo = new ArrayDeque<>(Set.of(selfName));
            for (String name = todo.poll(); name != null; name = todo.poll()) {
                ClassFile file = table.isTheUsers(name) && names.add(name)
                        ? classFile(name).orElse(null)
                        : null;
                if (file != null) {
                    todo.addAll(file.interfaces());
                    String superName = file.superName();
                    if (superName != null) {
                        todo.add(superName);
                    }
                }
            }
            selfAndParents = names;
        }
        return names;
    }

    private Optional<ClassFile> classFile(String name) {
        Optional<ClassFile> known = files.get(name);
        if (known != null) {
            return known;
        }
        Optional<ClassFile> read = read(name);
        files.put(name, read);
        return read;
    }

    private Optional<ClassFile> read(String name) {
        byte[] bytes;
        try (InputStream in = loader.getResourceAsStream(name + ".class")) {
            if (in == null) {
                return Optional.empty();
            }
            bytes = in.readAllBytes();
        } catch (IOException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(ClassFile.parse(bytes));
        } catch (RuntimeException e) {
            // ASM says IllegalArgumentException for a version it doesn't know and anything at all for a broken file.
            unreadable = "the class file of " + name.replace('/', '.') + " can't be read: " + e.getMessage();
            return Optional.empty();
        }
    }

    private static String way(Call indicator, Body caller, MethodRef root) {
        StringBuilder way = new StringBuilder(indicator.target().display())
                .append(", called by ")
                .append(caller.method().display());
        if (caller.source() != null) {
            way.append(" (").append(caller.source());
            if (indicator.line() > 0) {
                way.append(':').append(indicator.line());
            }
            way.append(')');
        }
        if (!caller.method().equals(root)) {
            way.append(", reached from ").append(root.display());
        }
        return way.toString();
    }
}

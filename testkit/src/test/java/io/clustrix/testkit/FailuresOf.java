package io.clustrix.testkit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;

/** Calls a contract's tests as JUnit would. */
final class FailuresOf {
    private FailuresOf() {}

    /** The names of all tests of a contract. */
    static List<String> tests(Class<?> contract) {
        return Arrays.stream(contract.getDeclaredMethods())
                .filter(m -> m.isAnnotationPresent(Test.class) || m.isAnnotationPresent(TestFactory.class))
                .map(Method::getName)
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    /** What one test says of a plugin; empty if it passes. */
    static Optional<Throwable> of(Class<?> contract, Object plugin, String test) throws Throwable {
        Method method = Arrays.stream(contract.getDeclaredMethods())
                .filter(m -> m.getName().equals(test)
                        && (m.isAnnotationPresent(Test.class) || m.isAnnotationPresent(TestFactory.class)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no test " + test));
        TestReporter silent = values -> {};
        List<Object> arguments = new ArrayList<>();
        if (method.getParameterCount() == 1) {
            arguments.add(silent);
        }
        call(contract, plugin, BeforeEach.class);
        try {
            Object tests = invoke(method, plugin, arguments.toArray());
            if (tests instanceof Stream<?> dynamic) {
                for (Object each : dynamic.toList()) {
                    ((DynamicTest) each).getExecutable().execute();
                }
            }
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of(e);
        } finally {
            call(contract, plugin, AfterEach.class);
        }
    }

    private static void call(Class<?> contract, Object plugin, Class<? extends java.lang.annotation.Annotation> what)
            throws Throwable {
        for (Method m : contract.getDeclaredMethods()) {
            if (m.isAnnotationPresent(what)) {
                var unused = invoke(m, plugin);
            }
        }
    }

    private static Object invoke(Method method, Object plugin, Object... arguments) throws Throwable {
        try {
            Object result = method.invoke(plugin, arguments);
            return result == null ? "" : result;
        } catch (InvocationTargetException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }
}

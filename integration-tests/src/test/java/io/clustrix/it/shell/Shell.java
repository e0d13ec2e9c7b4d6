package io.clustrix.it.shell;

import java.util.List;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.execution.LocalExecutionControlProvider;

/** A JShell that has the class path of the tests. */
public final class Shell implements AutoCloseable {
    private final JShell shell;

    private Shell(JShell.Builder builder) {
        shell = builder.compilerOptions("-classpath", classPath()).build();
    }

    /** Whose snippets run in a JVM of their own, as in the tool {@code jshell}. */
    public static Shell inOtherJvm() {
        return new Shell(JShell.builder().remoteVMOptions("-classpath", classPath(), "-Xmx128m"));
    }

    /** Whose snippets run in this JVM, as in notebooks and programs that embed a shell. */
    public static Shell inThisJvm() {
        return new Shell(JShell.builder().executionEngine(new LocalExecutionControlProvider(), null));
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    /**
     * Enters snippets, one after another.
     *
     * @return the value of the last one, as the shell shows it
     * @throws AssertionError if one is refused, or throws
     */
    public String enter(String source) {
        String shown = "";
        String rest = source;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            String snippet = next.source() == null ? rest : next.source();
            for (SnippetEvent event : shell.eval(snippet)) {
                shown = shown(event, snippet, shown);
            }
            rest = next.source() == null ? "" : next.remaining();
        }
        return shown;
    }

    private String shown(SnippetEvent event, String source, String before) {
        JShellException thrown = event.exception();
        if (thrown != null) {
            String type = thrown instanceof EvalException e ? e.getExceptionClassName() : "";
            throw new AssertionError(source.strip() + " threw " + type + ": " + thrown.getMessage(), thrown);
        }
        if (event.status() == Snippet.Status.REJECTED) {
            List<String> why = shell.diagnostics(event.snippet())
                    .map(d -> d.getMessage(null))
                    .toList();
            throw new AssertionError(source.strip() + " was refused: " + why);
        }
        return event.causeSnippet() == null && event.value() != null ? event.value() : before;
    }

    @Override
    public void close() {
        shell.close();
    }
}

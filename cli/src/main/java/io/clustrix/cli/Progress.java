package io.clustrix.cli;

import io.clustrix.JobFuture;
import io.clustrix.RunListener;
import io.clustrix.TerminalProgress;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;

/** Shows how jobs get on, on a terminal alone, and what they print. */
final class Progress implements RunListener {
    private static final long END_MILLIS = 1000;

    private final Console console;
    private final boolean outputIsResult;
    private final boolean quiet;
    private final TerminalProgress terminal;

    /**
     * A listener.
     *
     * @param outputIsResult whether what tasks print is what the command is called for
     * @param quiet whether to show nothing at all
     */
    Progress(Console console, boolean outputIsResult, boolean quiet) {
        this.console = console;
        this.outputIsResult = outputIsResult;
        this.quiet = quiet;
        boolean own = !quiet && console.err().equals(System.err);
        terminal = own ? TerminalProgress.onStandardError() : TerminalProgress.none();
    }

    @Override
    public void submitted(JobKey key, String cluster, String name, int tasks) {
        terminal.submitted(key, cluster, name, tasks);
    }

    @Override
    public void staged(JobKey key, long bytes) {
        terminal.staged(key, bytes);
    }

    @Override
    public void retried(JobKey key, int tasks, JobStatus why) {
        terminal.retried(key, tasks, why);
    }

    @Override
    public void stateChanged(JobKey key, JobStatus status) {
        terminal.stateChanged(key, status);
    }

    @Override
    public void progress(JobKey key, io.clustrix.Progress progress) {
        terminal.progress(key, progress);
    }

    @Override
    public void output(JobKey key, int task, OutputChannel channel, String text) {
        if (quiet) {
            return;
        }
        TerminalProgress.Hidden hidden = terminal.hide();
        try {
            if (outputIsResult && channel == OutputChannel.STDOUT) {
                console.out().print(text);
                console.out().flush();
            } else {
                console.err().print(text);
                console.err().flush();
            }
        } finally {
            hidden.close();
        }
    }

    /** Lets the line about a job that is over come to its end, and takes it away until what is returned is closed. */
    TerminalProgress.Hidden ended(JobFuture<?> future) throws InterruptedException {
        if (terminal.isShown()) {
            terminal.awaitEnd(future.key(), END_MILLIS);
        }
        return terminal.hide();
    }

    /** Takes the line away until what is returned is closed. */
    TerminalProgress.Hidden hide() {
        return terminal.hide();
    }
}

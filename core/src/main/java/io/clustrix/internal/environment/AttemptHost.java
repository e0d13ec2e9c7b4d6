package io.clustrix.internal.environment;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A host for one attempt: marks what is started on it, and runs nothing more once the attempt has been given up. */
final class AttemptHost implements Host {
    private final Host host;
    private final String mark;
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean givenUp;

    /** @param mark a variable and its value, for the environment of all processes */
    AttemptHost(Host host, String mark) {
        this.host = host;
        this.mark = mark;
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        enter(command);
        try {
            return host.run(command.after("env", mark));
        } finally {
            running.decrementAndGet();
        }
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        enter(command);
        try {
            return host.run(command.after("env", mark), out);
        } finally {
            running.decrementAndGet();
        }
    }

    private void enter(Command command) {
        running.incrementAndGet(); // before the question, so that nothing slips in after the last sweep
        if (givenUp) {
            running.decrementAndGet();
            throw new HostException(
                    Fault.SITE,
                    false,
                    "'" + command.words().get(0) + "' is not run on " + host.name()
                            + ": the attempt that it belongs to has been given up",
                    List.of(),
                    null);
        }
    }

    void giveUp() {
        givenUp = true;
    }

    /** Whether a command that was begun before may still be going on. */
    boolean isBusy() {
        return running.get() > 0;
    }

    /** It is not the attempt's to close. */
    @Override
    public void close() {}
}

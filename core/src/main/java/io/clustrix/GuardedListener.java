package io.clustrix;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A user's listener that can't do harm: what it throws is logged, the first time, and otherwise ignored. */
final class GuardedListener {
    private static final Logger log = LoggerFactory.getLogger(RunListener.class);

    private final RunListener listener;
    private final AtomicBoolean complained = new AtomicBoolean();

    GuardedListener(RunListener listener) {
        this.listener = listener;
    }

    @SuppressWarnings("CatchingUnchecked")
    void tell(RunEvent event) {
        try {
            dispatch(event);
        } catch (Throwable e) { // a listener's LinkageError or assertion must not end the other listeners' news either
            if (complained.compareAndSet(false, true)) {
                log.warn(
                        "listener {} threw when told of {}; the job goes on, and what it throws later is not logged",
                        listener.getClass().getName(),
                        event.getClass().getSimpleName(),
                        e);
            }
        }
    }

    private void dispatch(RunEvent event) {
        if (event instanceof RunEvent.TaskCompleted e) {
            listener.taskCompleted(e.key(), e.outcome());
        } else if (event instanceof RunEvent.Output e) {
            listener.output(e.key(), e.task(), e.channel(), e.text());
        } else if (event instanceof RunEvent.ProgressMade e) {
            listener.progress(e.key(), e.progress());
        } else if (event instanceof RunEvent.StateChanged e) {
            listener.stateChanged(e.key(), e.status());
        } else if (event instanceof RunEvent.WorkerStarted e) {
            listener.runtime(e.key(), e.runtime());
        } else if (event instanceof RunEvent.Submitted e) {
            listener.submitted(e.key(), e.cluster(), e.name(), e.tasks());
        } else if (event instanceof RunEvent.Staged e) {
            listener.staged(e.key(), e.bytes());
        } else if (event instanceof RunEvent.Retried e) {
            listener.retried(e.key(), e.tasks(), e.why());
        } else if (event instanceof RunEvent.Dropped e) {
            listener.dropped(e.key(), e.events());
        }
    }
}

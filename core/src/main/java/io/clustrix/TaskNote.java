package io.clustrix;

/**
 * A note that is added to a task's exception as a suppressed one: which task of how many threw it. It has no stack
 * trace.
 */
public final class TaskNote extends Exception {
    private static final long serialVersionUID = 1L;

    private final int task;

    TaskNote(int task, int tasks, String job) {
        super("thrown by task " + task + " of 0.." + (tasks - 1) + " of job " + job, null, false, false);
        this.task = task;
    }

    /** The task's number from 0. */
    public int task() {
        return task;
    }
}

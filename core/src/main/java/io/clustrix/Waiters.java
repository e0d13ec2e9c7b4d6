package io.clustrix;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for something that happens once or now and then.
 *
 * <p>A thread that waits inside {@link java.util.concurrent.CompletableFuture} counts as a dependent of the future,
 * like a user's callback; one that waits here does not, so a future that is merely waited for can be completed on the
 * spot.
 */
final class Waiters {
    /** The condition is looked at again after this, should it have come true in a way that wakes nobody. */
    private static final long RECHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final VarHandle HEAD;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(Waiters.class, "head", Node.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final class Node {
        volatile @Nullable Thread thread = Thread.currentThread();
        volatile @Nullable Node next;
    }

    private volatile @Nullable Node head;

    /**
     * Waits for a condition that is followed by a call of {@link #wake}.
     *
     * @param nanos how long at most
     * @return whether the condition holds
     * @throws InterruptedException if the thread was interrupted and the condition doesn't hold
     */
    boolean await(BooleanSupplier condition, long nanos) throws InterruptedException {
        if (condition.getAsBoolean()) {
            return true;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long start = System.nanoTime();
        Node node = push();
        try {
            while (!condition.getAsBoolean()) {
                if (node.thread == null) {
                    node = push(); // woken, but not for this
                    continue;
                }
                long left = nanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, Math.min(left, RECHECK_NANOS));
                if (Thread.interrupted()) {
                    if (condition.getAsBoolean()) {
                        Thread.currentThread().interrupt();
                        return true;
                    }
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            remove(node);
        }
    }

    /** Waits as long as it takes; an interrupt is kept for later. */
    void awaitUninterruptibly(BooleanSupplier condition) {
        boolean interrupted = false;
        while (true) {
            try {
                if (await(condition, Long.MAX_VALUE)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets all who wait now look at their condition. */
    void wake() {
        if (head == null) {
            return;
        }
        for (Node n = (Node) HEAD.getAndSet(this, null); n != null; n = n.next) {
            Thread t = n.thread;
            if (t != null) {
                n.thread = null;
                LockSupport.unpark(t);
            }
        }
    }

    private Node push() {
        Node node = new Node();
        Node first;
        do {
            first = head;
            node.next = first;
        } while (!HEAD.compareAndSet(this, first, node));
        return node;
    }

    /** Unlinks a node, so that waiting for short times again and again does not pile them up. */
    private void remove(Node node) {
        if (node.thread == null) {
            return; // wake() has unlinked it
        }
        node.thread = null;
        boolean again = true;
        while (again) {
            again = false;
            Node before = null;
            for (Node n = head; n != null && !again; n = n.next) {
                if (n.thread != null) {
                    before = n;
                } else if (before != null) {
                    before.next = n.next;
                    again = before.thread == null; // it was removed meanwhile, and this with it or not
                } else {
                    again = !HEAD.compareAndSet(this, n, n.next);
                }
            }
        }
    }
}

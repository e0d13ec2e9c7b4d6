package io.clustrix.worker;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * The worker's way back to its driver: records into the ring, and a bell when the driver sleeps.
 *
 * <p><b>Threads:</b> any; one record at a time.
 */
final class Results {
    private static final byte[] NOTHING = new byte[0];

    private final ResultRing ring;
    private final OutputStream bell;
    private volatile long running;

    Results(ResultRing ring, OutputStream bell) {
        this.ring = ring;
        this.bell = bell;
    }

    void began(int unit, int item) {
        ring.current(unit, item);
        running = (long) unit << 32 | item;
    }

    /** Which item began last. */
    int item() {
        return (int) running;
    }

    void ended() {
        ring.idle();
    }

    void send(int type, int unit, int item) {
        send(type, unit, item, NOTHING, 0, 0);
    }

    /** Waits while the ring is full. A payload that is too large for a record goes in parts before it. */
    synchronized void send(int type, int unit, int item, byte[] payload, int offset, int length) {
        if (length <= ResultRing.LARGEST_PAYLOAD) {
            put(type, unit, item, payload, offset, length);
            return;
        }
        for (int done = 0; done < length; done += ResultRing.LARGEST_PAYLOAD) {
            put(Wire.PART, length, done, payload, offset + done, Math.min(ResultRing.LARGEST_PAYLOAD, length - done));
        }
        put(type, unit, item, NOTHING, 0, 0);
    }

    private void put(int type, int unit, int item, byte[] payload, int offset, int length) {
        while (!ring.hasRoom(length)) {
            ringIfAsleep();
            LockSupport.parkNanos(50_000);
        }
        ring.write(type, unit, item, payload, offset, length);
        ringIfAsleep();
    }

    private void ringIfAsleep() {
        if (ring.wakeReader()) {
            try {
                bell.write(Wire.BELL);
            } catch (IOException e) {
                // Only when the driver has died or has given this worker up.
                Runtime.getRuntime().halt(Wire.EXIT_PROTOCOL);
            }
        }
    }

    void output(int type, byte[] bytes, int offset, int length) {
        long at = running;
        send(type, (int) (at >>> 32), (int) at, bytes, offset, length);
    }
}

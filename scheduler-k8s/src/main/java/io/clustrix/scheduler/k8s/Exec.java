package io.clustrix.scheduler.k8s;

import java.util.List;

/** Starts commands in the containers of pods. Thread-safe. */
interface Exec {
    /**
     * Starts a command.
     *
     * @param pod the pod's name
     * @param container the container's name
     * @param command a program and its arguments
     * @throws io.clustrix.spi.HostException if the API server can't be reached, the pod is gone, or the right is
     *     missing
     * @throws InterruptedException if this thread was interrupted
     */
    PodCommand start(String pod, String container, List<String> command) throws InterruptedException;
}

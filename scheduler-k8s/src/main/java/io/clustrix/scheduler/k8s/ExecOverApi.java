package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Commands in pods by way of the API server. */
final class ExecOverApi implements Exec {
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final Duration STALL = Duration.ofMinutes(5);
    private static final String PROTOCOL = "v4.channel.k8s.io";

    private final Api api;

    ExecOverApi(Api api) {
        this.api = api;
    }

    @Override
    public PodCommand start(String pod, String container, List<String> command) throws InterruptedException {
        StringBuilder uri = new StringBuilder(
                        api.connection().client().getConfiguration().getMasterUrl())
                .append(api.pods())
                .append('/')
                .append(pod)
                .append("/exec?stdin=true&stdout=true&stderr=true&tty=false&container=")
                .append(Api.encoded(container));
        command.forEach(word -> uri.append("&command=").append(Api.encoded(word)));
        String name = "the command '" + abbreviated(command) + "' in the pod " + pod;
        ExecStream stream = new ExecStream(name, api.json(), STALL);
        HttpClient http = api.connection().client().getHttpClient();
        api.wire().counted();
        CompletableFuture<WebSocket> opening = http.newWebSocketBuilder()
                .uri(URI.create(uri.toString()))
                .subprotocol(PROTOCOL)
                .connectTimeout(OPEN.toMillis(), TimeUnit.MILLISECONDS)
                .buildAsync(stream);
        boolean open = false;
        try {
            opening.get(OPEN.toMillis(), TimeUnit.MILLISECONDS);
            open = true;
            return stream;
        } catch (TimeoutException e) {
            throw new HostException(
                    name + " could not be started: no answer within " + OPEN.toSeconds() + " s",
                    List.of("the node of the pod may be overloaded or gone: kubectl get nodes"),
                    e);
        } catch (ExecutionException e) {
            throw refused(name, pod, container, e);
        } finally {
            if (!open) {
                opening.cancel(true);
                stream.close();
                var unused = opening.thenAccept(late -> late.sendClose(1000, "too late"));
            }
        }
    }

    // The answer to a handshake has no text that could be had, so what is wrong has to be found out.
    private ClustrixException refused(String name, String pod, String container, ExecutionException e)
            throws InterruptedException {
        IOException why = Requests.thrown(e);
        if (!(why instanceof WebSocketHandshakeException handshake) || handshake.getResponse() == null) {
            return api.unreachable("run " + name, why);
        }
        int code = handshake.getResponse().code();
        return switch (code) {
            case 401 -> api.refusals().of("run " + name, code, "");
            case 403 ->
                new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "Kubernetes does not let us run commands in pods ("
                                + api.connection().where() + ", HTTP 403): " + name,
                        List.of(
                                "let the administrators grant the verbs 'create' and 'get' on 'pods/exec' in the namespace '"
                                        + api.namespace() + "'",
                                "docs/kubernetes.md lists all rights that are needed; look with: kubectl auth can-i"
                                        + " create pods/exec -n " + api.namespace()),
                        e);
            default -> notTaken(name, pod, container, code, e);
        };
    }

    private HostException notTaken(String name, String pod, String container, int code, ExecutionException e)
            throws InterruptedException {
        Optional<Pod> there = api.pod(pod);
        String state = there.map(p -> state(p, container)).orElse("there is no such pod");
        boolean gone = there.isEmpty() || !runs(there.get(), container);
        return new HostException(
                gone ? Fault.SITE : Fault.NETWORK,
                !gone,
                name + " could not be started (HTTP " + code + "): " + state,
                List.of(gone ? "see: kubectl describe pod " + pod : "the node may be busy; try again"),
                e);
    }

    /** Whether commands can be started in a container. */
    static boolean runs(Pod pod, String container) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && statuses(pod).stream()
                        .anyMatch(s -> container.equals(s.getName())
                                && s.getState() != null
                                && s.getState().getRunning() != null);
    }

    static List<ContainerStatus> statuses(Pod pod) {
        List<ContainerStatus> all =
                pod.getStatus() == null ? null : pod.getStatus().getContainerStatuses();
        return all == null ? List.of() : all;
    }

    private static String state(Pod pod, String container) {
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return "the pod is being deleted";
        }
        if (runs(pod, container)) {
            return "the pod is running, but its node did not take the command";
        }
        return "the container '" + container + "' is not running; the pod is "
                + (pod.getStatus() == null ? "unknown" : pod.getStatus().getPhase());
    }

    static String abbreviated(List<String> words) {
        String text = String.join(" ", words);
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}

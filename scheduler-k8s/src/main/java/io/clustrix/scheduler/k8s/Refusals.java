package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.SchedulerException;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an answer that is an error means for those who asked. */
final class Refusals {
    private static final Pattern RIGHT = Pattern.compile("User \"([^\"]*)\" cannot (\\S+) resource \"([^\"]+)\""
            + "(?: in API group \"([^\"]*)\")?(?: in the namespace \"([^\"]*)\")?");
    private static final int QUOTED = 2000;

    private final KubernetesSerialization json;
    private final String where;

    Refusals(KubernetesSerialization json, String where) {
        this.json = json;
        this.where = where;
    }

    /** The server's own words, if they are any. */
    @Nullable
    Status status(String body) {
        try {
            Status status = body.startsWith("{") ? json.unmarshal(body, Status.class) : null;
            return status != null && "Status".equals(status.getKind()) ? status : null;
        } catch (RuntimeException e) {
            return null;
        }
    }

    /**
     * Of an answer that is no success.
     *
     * @param what was asked for, for instance "create the Job x"
     */
    ClustrixException of(String what, int code, String body) {
        return of(what, code, status(body), body);
    }

    /** Of a status that came in a stream. */
    ClustrixException of(String what, Status status) {
        return of(what, status.getCode() == null ? 500 : status.getCode(), status, "");
    }

    private ClustrixException of(String what, int code, @Nullable Status status, String body) {
        String words = words(code, status, body);
        String problem = "Kubernetes refuses to " + what + ": " + words;
        return switch (code) {
            case 401 ->
                new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "Kubernetes does not know who we are (" + where + ", HTTP 401): " + words,
                        List.of("log in to the cluster again; 'kubectl auth can-i create jobs' shows if it worked"),
                        null);
            case 403 -> forbidden(what, problem, words);
            case 404 -> notFound(problem, status);
            case 400, 409, 413, 415, 422 -> new SchedulerException(problem, code == 413 ? tooLarge() : List.of(), null);
            case 429 ->
                busy(
                        "Kubernetes has too much to do to " + what + ": " + words,
                        "try again later; many drivers may be at work");
            default -> other(what, code, words);
        };
    }

    private ClustrixException other(String what, int code, String words) {
        if (code >= 500 || code == 408 || code == 410) {
            return busy(
                    "Kubernetes could not " + what + " (" + where + ", HTTP " + code + "): " + words,
                    "its API server may be starting or overloaded; try again");
        }
        return new HostException(
                Fault.SITE,
                false,
                "Kubernetes did not " + what + " (" + where + ", HTTP " + code + "): " + words,
                List.of("see if this address is the API server's, and what a proxy on the way does"),
                null);
    }

    private static HostException busy(String problem, String hint) {
        return new HostException(Fault.SITE, true, problem, List.of(hint), null);
    }

    private static List<String> tooLarge() {
        return List.of("let the job take less with it: fewer variables or a shorter script");
    }

    private static String words(int code, @Nullable Status status, String body) {
        if (status == null) {
            String text = body.strip();
            return text.isEmpty() ? "HTTP " + code : text.substring(0, Math.min(QUOTED, text.length()));
        }
        String message = status.getMessage() == null ? "HTTP " + code : status.getMessage();
        if (message.length() > QUOTED) {
            message = message.substring(0, QUOTED) + "...";
        }
        List<String> more = new ArrayList<>();
        List<StatusCause> causes =
                status.getDetails() == null ? null : status.getDetails().getCauses();
        for (StatusCause cause : causes == null ? List.<StatusCause>of() : causes) {
            // Most messages have them in already.
            if (cause.getField() != null && !message.contains(cause.getField())) {
                more.add(cause.getField() + ": " + cause.getMessage());
            }
        }
        return more.isEmpty() ? message : message + " (" + String.join("; ", more) + ")";
    }

    private ClustrixException forbidden(String what, String problem, String words) {
        Matcher right = RIGHT.matcher(words);
        if (!right.find()) {
            return new SchedulerException(problem, forbiddenHints(words), null);
        }
        String user = right.group(1);
        String group = right.group(4) == null ? "" : right.group(4);
        String resource = right.group(3) + (group.isEmpty() ? "" : "." + group);
        String namespace = right.group(5);
        List<String> hints = new ArrayList<>();
        if ("system:anonymous".equals(user)) {
            hints.add("no credential was sent: the user of " + where + " needs a token, certificate or plugin");
        } else {
            hints.add("let the administrators grant the verb '" + right.group(2) + "' on '" + resource + "'"
                    + (namespace == null ? "" : " in the namespace '" + namespace + "'") + " to '" + user + "'");
            if ("pods/exec".equals(right.group(3))) {
                hints.add("commands in pods need both 'create' and 'get' on 'pods/exec'");
            }
            hints.add("docs/kubernetes.md lists all rights that are needed; look with: kubectl auth can-i --list"
                    + (namespace == null ? "" : " -n " + namespace));
        }
        return new HostException(
                Fault.CONFIGURATION,
                false,
                "Kubernetes does not let us " + what + " (" + where + "): " + words,
                hints,
                null);
    }

    private static List<String> forbiddenHints(String words) {
        if (words.contains("exceeded quota")) {
            return List.of(
                    "wait until other work of the namespace has ended, or ask for less",
                    "kubectl describe resourcequota shows what is used");
        }
        if (words.contains("PodSecurity") || words.contains("PodSecurityPolicy")) {
            return List.of("set what the namespace's security policy asks for in the pod template");
        }
        if (words.contains("because it is being terminated")) {
            return List.of("the namespace is being deleted: use another one");
        }
        return List.of("a rule of the cluster (an admission plugin) says no; its administrators know it");
    }

    private ClustrixException notFound(String problem, @Nullable Status status) {
        boolean namespace = status != null
                && status.getDetails() != null
                && "namespaces".equals(status.getDetails().getKind());
        if (namespace) {
            return new ConfigurationException(problem, "set 'namespace' to one that is there: kubectl get namespaces");
        }
        return status == null
                ? new HostException(
                        Fault.CONFIGURATION,
                        false,
                        problem,
                        List.of("there seems to be no Kubernetes API at " + where),
                        null)
                : new SchedulerException(problem);
    }
}

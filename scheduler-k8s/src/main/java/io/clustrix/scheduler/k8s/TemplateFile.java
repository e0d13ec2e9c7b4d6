package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ConfigurationException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A pod template of the user's.
 *
 * @param labels of its pod
 * @param annotations of its pod
 * @param spec its pod without the worker's container
 * @param worker the container that becomes the worker's, if it has one
 */
record TemplateFile(
        Map<String, String> labels, Map<String, String> annotations, PodSpec spec, Optional<Container> worker) {
    private static final long LONGEST = 1 << 20;

    /** A template that says nothing. */
    static TemplateFile empty() {
        return new TemplateFile(Map.of(), Map.of(), new PodSpec(), Optional.empty());
    }

    /**
     * Reads a file.
     *
     * @throws ConfigurationException if it can't be read or is not of the form
     */
    static TemplateFile read(Path file) {
        String text;
        try {
            if (Files.size(file) > LONGEST) {
                throw refused(file, "it is larger than 1 MiB");
            }
            text = Files.readString(file);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "pod-template " + file + " can't be read: " + e,
                    List.of("Set 'pod-template' to a YAML file with a Pod, a PodTemplate or a Job's 'template'."),
                    e);
        }
        KubernetesSerialization yaml = new KubernetesSerialization();
        try {
            Map<?, ?> document = yaml.unmarshal(text, Map.class);
            return parsed(file, document == null ? Map.of() : document, yaml);
        } catch (ConfigurationException e) {
            throw e;
        } catch (RuntimeException e) {
            // Whatever the parser has to say, it is the file's fault; several documents end here too.
            throw new ConfigurationException(
                    "pod-template " + file + " is not one YAML document with a pod: " + firstLine(e),
                    List.of("'kubectl create --dry-run=client -f FILE' checks a Pod."),
                    e);
        }
    }

    private static TemplateFile parsed(Path file, Map<?, ?> document, KubernetesSerialization yaml) {
        Object kind = document.get("kind");
        Map<?, ?> pod = document;
        if (document.get("template") instanceof Map<?, ?> template) {
            pod = template;
        } else if (document.get("spec") instanceof Map<?, ?> spec && spec.get("template") instanceof Map<?, ?>) {
            throw refused(file, "it holds a " + (kind == null ? "controller" : kind) + "; write its 'template' alone");
        } else if (kind != null && !kind.equals("Pod")) {
            throw refused(file, "it holds a " + kind + ", not a Pod, a PodTemplate or a Job's 'template'");
        }
        Set<String> other = new TreeSet<>();
        pod.keySet().forEach(k -> other.add(String.valueOf(k)));
        other.removeAll(Set.of("apiVersion", "kind", "metadata", "spec", "status"));
        if (!other.isEmpty()) {
            throw refused(file, "it has unknown fields: " + String.join(", ", other));
        }
        PodSpec spec = pod.get("spec") == null ? new PodSpec() : yaml.convertValue(pod.get("spec"), PodSpec.class);
        ObjectMeta metadata = pod.get("metadata") == null
                ? new ObjectMeta()
                : yaml.convertValue(pod.get("metadata"), ObjectMeta.class);
        // The server would drop them without a word.
        known(file, "spec", spec.getAdditionalProperties());
        for (Container c : spec.getContainers()) {
            known(file, "container " + c.getName(), c.getAdditionalProperties());
        }
        List<Container> containers = new ArrayList<>(spec.getContainers());
        Optional<Container> worker = containers.stream()
                .filter(c -> JobManifest.CONTAINER.equals(c.getName()))
                .findFirst();
        if (worker.isEmpty() && containers.size() == 1) {
            worker = Optional.of(containers.get(0));
        } else if (worker.isEmpty() && !containers.isEmpty()) {
            throw refused(
                    file,
                    "it has " + containers.size() + " containers and none of them is called '" + JobManifest.CONTAINER
                            + "'; add '- name: " + JobManifest.CONTAINER + "' or give one of them that name");
        }
        worker.ifPresent(containers::remove);
        spec.setContainers(containers);
        return new TemplateFile(orEmpty(metadata.getLabels()), orEmpty(metadata.getAnnotations()), spec, worker);
    }

    private static Map<String, String> orEmpty(Map<String, String> map) {
        return map == null ? Map.of() : new TreeMap<>(map);
    }

    private static void known(Path file, String where, Map<String, Object> additional) {
        if (additional != null && !additional.isEmpty()) {
            throw refused(
                    file, where + " has unknown fields: " + String.join(", ", new TreeSet<>(additional.keySet())));
        }
    }

    private static ConfigurationException refused(Path file, String why) {
        return new ConfigurationException(
                "pod-template " + file + " can't be used: " + why, "'kubectl explain pod.spec' tells the fields.");
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .limit(1)
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}

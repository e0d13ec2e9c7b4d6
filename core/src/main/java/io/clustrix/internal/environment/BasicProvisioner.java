package io.clustrix.internal.environment;

import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The Java that is there: the one that was asked for by its path, or that modules and set-up lines leave in
 * {@code JAVA_HOME} or in the {@code PATH}. It is started and its version read, in one command; nothing is sent. One
 * JVM does all, so a wish for a supervisor has no effect (requirement A8).
 */
final class BasicProvisioner implements EnvironmentProvisioner {
    private final int own;

    /** For a driver of this feature version. */
    BasicProvisioner(int own) {
        this.own = own;
    }

    @Override
    public Optional<Environment> provision(EnvironmentRequest request, ProvisioningContext context)
            throws InterruptedException {
        RuntimeSearch search = new RuntimeSearch(request, context, own, false, "-");
        if (!request.checkOnHost()) {
            return Optional.of(unchecked(alone(request), search.work()));
        }
        Survey survey = search.run(List.of());
        if (survey.unfit()) {
            return Optional.of(unchecked(alone(request), search.work()));
        }
        FoundJava java = survey.work(search.work(), search.prefixed())
                .orElseThrow(() -> search.nothing(
                        survey,
                        search.work(),
                        "",
                        List.of("or let Clustrix bring a copy of the driver's own: environment.provisioner ="
                                + " two-runtime")));
        return Optional.of(search.environment(java, Optional.empty(), "basic"));
    }

    private static EnvironmentRequest alone(EnvironmentRequest r) {
        return new EnvironmentRequest(
                r.minJava(),
                r.java(),
                Optional.empty(),
                r.prefix(),
                r.checkOnHost(),
                r.modules(),
                r.setup(),
                r.variables());
    }

    /**
     * As it will be on the node, and as nobody has seen it.
     *
     * @throws ProvisioningException if it would have to be looked for
     */
    static Environment unchecked(EnvironmentRequest request, JavaWish wish) {
        if (request.controlJava().filter(c -> !c.startsWith("/")).isPresent()) {
            throw new ProvisioningException(
                    "environment.control-java = " + request.controlJava().get()
                            + " would have to be looked for, and environment.check-on-host is false",
                    "set environment.control-java to the path of a java on the nodes");
        }
        List<String> words = new ArrayList<>(request.prefix());
        words.add(wish.path().orElse("java"));
        return new Environment(
                words,
                request.prefix().isEmpty() && wish.path().isEmpty(),
                request.controlJava().map(List::of).orElse(List.of()),
                0,
                request.modules(),
                request.setup(),
                request.variables(),
                "basic, not looked at: " + wish.text());
    }
}

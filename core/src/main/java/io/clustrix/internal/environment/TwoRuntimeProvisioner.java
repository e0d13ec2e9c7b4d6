package io.clustrix.internal.environment;

import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runtime for the user's code and, where it is asked for, another one that supervises it. Each is found on the host,
 * or is a copy of the driver's own that is sent once and kept there by its content. Both are started, and their
 * versions read, before they count as found.
 */
final class TwoRuntimeProvisioner implements EnvironmentProvisioner {
    private static final Logger LOG = LoggerFactory.getLogger(TwoRuntimeProvisioner.class);
    private static final RemoteScript SHIP = RemoteScript.of(TwoRuntimeProvisioner.class, "ship.sh");
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final int DOES_NOT_START = 73;

    private final RuntimeImage image;
    private final int own;
    private final List<String> folders;

    /**
     * A provisioner.
     *
     * @param image what is sent
     * @param own its feature version
     * @param folders where Javas are looked for beside {@code JAVA_HOME} and {@code PATH}: patterns of their homes
     */
    TwoRuntimeProvisioner(RuntimeImage image, int own, List<String> folders) {
        this.image = image;
        this.own = own;
        this.folders = List.copyOf(folders);
    }

    @Override
    public Optional<Environment> provision(EnvironmentRequest request, ProvisioningContext context)
            throws InterruptedException {
        boolean supervised =
                request.controlJava().isPresent() || !request.prefix().isEmpty();
        RuntimeSearch search = new RuntimeSearch(request, context, own, supervised, image.name());
        if (!request.checkOnHost() && !search.work().shipped()) {
            return Optional.of(BasicProvisioner.unchecked(request, search.work()));
        }
        Survey survey = search.run(folders);
        if (survey.unfit()) {
            return Optional.of(BasicProvisioner.unchecked(request, search.work()));
        }
        Optional<FoundJava> work = survey.work(search.work(), search.prefixed());
        Optional<FoundJava> control = search.control().flatMap(survey::control);
        FoundJava shipped = null;
        if (work.isEmpty()) {
            if (search.prefixed()) {
                throw search.nothing(survey, search.work(), " behind the prefix", List.of());
            }
            shipped = ship(search, search.work(), survey, context);
            work = Optional.of(shipped);
        }
        if (search.control().isPresent() && control.isEmpty()) {
            control = Optional.of(
                    shipped != null ? shipped : ship(search, search.control().get(), survey, context));
        }
        return Optional.of(search.environment(work.get(), control, "two-runtime"));
    }

    private FoundJava ship(RuntimeSearch search, JavaWish wish, Survey survey, ProvisioningContext context)
            throws InterruptedException {
        if (wish.path().isPresent() || own < wish.low() || own > wish.high()) {
            throw search.nothing(
                    survey,
                    wish,
                    "",
                    wish.path().isPresent()
                            ? List.of()
                            : List.of("or ask for " + own + ", the driver's version, which can be sent there"));
        }
        if (!survey.platform().equals(RuntimeImage.platform())) {
            throw search.nothing(
                    survey,
                    wish,
                    ", for which the driver's own can't be sent because it is for " + RuntimeImage.platform()
                            + " and not for " + survey.platform() + ",",
                    List.of());
        }
        Path archive = image.archive();
        long size;
        try {
            size = Files.size(archive);
        } catch (IOException e) {
            throw new ProvisioningException(
                    archive + " can't be read: " + e.getMessage(), List.of("remove it, and submit again"), e);
        }
        LOG.info(
                "Sending a copy of the driver's Java {} to {} ({} MB)",
                own,
                context.host().name(),
                size / 1_000_000);
        Command.Input input = out -> Files.copy(archive, out);
        CommandResult r = context.host()
                .run(SHIP.command(
                                LONGEST,
                                context.workDirectory().value(),
                                context.attemptDirectory().value(),
                                image.name())
                        .withInput(input));
        Map<String, String> answer = new HashMap<>();
        r.out().lines().filter(l -> l.contains("=")).forEach(l -> {
            int at = l.indexOf('=');
            answer.put(l.substring(0, at), l.substring(at + 1).strip());
        });
        String version = answer.getOrDefault("java.specification.version", "");
        if (r.exit() != 0 || !version.equals(Integer.toString(own))) {
            throw new ProvisioningException(
                    r.exit() == DOES_NOT_START
                            ? "a copy of the driver's Java does not start on "
                                    + context.host().name() + ": " + r.err().strip()
                            : "a copy of the driver's Java could not be put into "
                                    + context.workDirectory().value() + "/env on "
                                    + context.host().name() + ": "
                                    + SHIP.summary(r),
                    "see how much room and quota is left there",
                    "or name a Java that the host has: environment.java, environment.modules");
        }
        return new FoundJava(
                "shipped",
                context.nodesWorkDirectory()
                                .resolve("env")
                                .resolve(image.name())
                                .value() + "/bin/java",
                own,
                answer.getOrDefault("java.runtime.version", version),
                answer.getOrDefault("java.vendor", ""));
    }
}

package io.clustrix.internal.environment;

import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a provisioner a limited time and falls back on another one: if it is not done by then, throws, or returns
 * nothing (requirements A3 to A6). The other one has a time limit too, and what it throws is the outcome (A11, A16).
 * Knows nothing of schedulers, transports and Javas; the log tells each outcome (A13).
 */
public final class TimeoutProvisioner implements EnvironmentProvisioner {
    private static final Logger LOG = LoggerFactory.getLogger(TimeoutProvisioner.class);
    private static final String BASIC = "basic";

    private final String name;
    private final @Nullable EnvironmentProvisioner primary;
    private final EnvironmentProvisioner fallback;
    private final Duration timeout;
    private final Duration fallbackTimeout;

    private TimeoutProvisioner(
            String name,
            @Nullable EnvironmentProvisioner primary,
            EnvironmentProvisioner fallback,
            Duration timeout,
            Duration fallbackTimeout) {
        this.name = name;
        this.primary = primary;
        this.fallback = fallback;
        this.timeout = timeout;
        this.fallbackTimeout = fallbackTimeout;
    }

    /** The first one, and within its own time the other. */
    public TimeoutProvisioner(
            EnvironmentProvisioner primary,
            EnvironmentProvisioner fallback,
            Duration timeout,
            Duration fallbackTimeout) {
        this("Two-runtime", primary, fallback, timeout, fallbackTimeout);
    }

    /**
     * The first one, and within its own time the other.
     *
     * @param name what the first one is called in the log
     */
    public static TimeoutProvisioner named(
            String name,
            EnvironmentProvisioner primary,
            EnvironmentProvisioner fallback,
            Duration timeout,
            Duration fallbackTimeout) {
        String written = name.isEmpty() ? name : Character.toUpperCase(name.charAt(0)) + name.substring(1);
        return new TimeoutProvisioner(written, primary, fallback, timeout, fallbackTimeout);
    }

    /** The basic one alone. */
    public static TimeoutProvisioner basic(EnvironmentProvisioner basic, Duration timeout) {
        return new TimeoutProvisioner(BASIC, null, basic, timeout, timeout);
    }

    @Override
    public Optional<Environment> provision(EnvironmentRequest request, ProvisioningContext context)
            throws InterruptedException {
        String host = context.host().name();
        EnvironmentProvisioner first = primary;
        if (first == null) {
            LOG.info("Two-runtime setup is disabled; basic setup on {}", host);
            return Optional.of(fallBack(request, context, null));
        }
        LOG.info("{} setup is enabled; it may take {} on {}", name, told(timeout), host);
        Throwable failure = null;
        try {
            Optional<Environment> made = new Attempt(context).run(first, request, timeout);
            if (made.isPresent()) {
                LOG.info(
                        "{} setup successful on {}, using: {}",
                        name,
                        host,
                        made.get().description());
                return made;
            }
            LOG.warn("{} setup on {} returned no result, falling back to basic setup", name, host);
        } catch (TimeoutException e) {
            LOG.warn("{} setup on {} timed out, falling back to basic setup (limit: {})", name, host, told(timeout));
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) { // a plugin may do anything
            failure = e;
            LOG.warn("{} setup on {} failed, falling back to basic setup: {}", name, host, e.getMessage(), e);
        }
        return Optional.of(fallBack(request, context, failure));
    }

    private Environment fallBack(EnvironmentRequest request, ProvisioningContext context, @Nullable Throwable first)
            throws InterruptedException {
        String host = context.host().name();
        try {
            Environment made = new Attempt(context)
                    .run(fallback, request, fallbackTimeout)
                    .orElseThrow(() -> new ProvisioningException("basic setup on " + host + " returned no result"));
            LOG.info("Basic setup on {}, using: {}", host, made.description());
            return made;
        } catch (TimeoutException e) {
            ProvisioningException timedOut = new ProvisioningException(
                    "basic setup on " + host + " did not end within " + told(fallbackTimeout),
                    List.of(
                            "see which line of environment.setup, or which module, hangs there",
                            "or give it more time: environment.fallback.timeout"),
                    e);
            throw with(timedOut, first);
        } catch (RuntimeException e) {
            throw with(e, first);
        }
    }

    private static RuntimeException with(RuntimeException e, @Nullable Throwable first) {
        if (first != null) {
            e.addSuppressed(first);
        }
        return e;
    }

    private static String told(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}

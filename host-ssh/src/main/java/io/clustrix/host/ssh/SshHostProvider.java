package io.clustrix.host.ssh;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.HostProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Hosts that are reached by SSH: {@code host = login.example.org, ssh { user = anna }}. */
public final class SshHostProvider implements HostProvider<SshSettings> {
    private static final Path SYSTEM_CONFIG = Path.of("/etc/ssh/ssh_config");

    /** For the service loader. */
    public SshHostProvider() {}

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public Class<SshSettings> settings() {
        return SshSettings.class;
    }

    @Override
    public Host connect(String destination, SshSettings settings, HostContext context) {
        return connect(destination, settings, context, Optional.ofNullable(System.getenv("SSH_AUTH_SOCK")));
    }

    static Host connect(String destination, SshSettings settings, HostContext context, Optional<String> agentSocket) {
        Route.Destination.parse(destination);
        settings.jump().ifPresent(SshHostProvider::checkJump);
        String localUser = System.getProperty("user.name", "");
        SshConfig config = new SshConfig(configFiles(settings, context.home()), context.home(), localUser);
        Route route = new Route(settings, config, context.home(), localUser, agentSocket);

        String threadName = "clustrix-ssh-" + destination;
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons(threadName + "-"));
        ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, daemons(threadName + "-clock-"));
        clock.setRemoveOnCancelPolicy(true);
        clock.setKeepAliveTime(10, TimeUnit.SECONDS);
        clock.allowCoreThreadTimeOut(true);

        Dialer dialer = new Dialer(
                threadName,
                settings.password(),
                new Vault(context.credentials(), settings.answerTimeout(), threadName + "-question"),
                new LockOutGuard(settings.maxLogInFailures()),
                clock);
        Links links = new Links(destination, () -> route.to(destination), dialer, settings, clock);
        return new SshHost(destination, links, settings.maxChannels(), threads, clock);
    }

    private static void checkJump(String jump) {
        if (!jump.equalsIgnoreCase("none")) {
            for (String host : jump.split(",", -1)) {
                Route.Destination.parse(host);
            }
        }
    }

    private static List<Path> configFiles(SshSettings settings, Path home) {
        if (settings.configFile().isEmpty()) {
            return List.of(home.resolve(".ssh/config"), SYSTEM_CONFIG);
        }
        String text = settings.configFile().get();
        if (text.equalsIgnoreCase("none")) {
            return List.of();
        }
        Path file = Path.of(SshConfig.home(text, home));
        if (!file.isAbsolute()) {
            throw new ConfigurationException(
                    "config-file must be an absolute path, ~/... or none, not '" + text + "'",
                    "it is set in the cluster's ssh block");
        }
        return List.of(file);
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}

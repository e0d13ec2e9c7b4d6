package io.clustrix.host.ssh;

import net.schmizz.sshj.common.LoggerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/**
 * Loggers for sshj that say nothing: it logs a link that broke as an error with a stack trace, one for each channel,
 * and what it says at debug level is of no use to a user. What matters is in the exceptions.
 */
final class SilentLogs implements LoggerFactory {
    @Override
    public Logger getLogger(String name) {
        return NOPLogger.NOP_LOGGER;
    }

    @Override
    public Logger getLogger(Class<?> type) {
        return NOPLogger.NOP_LOGGER;
    }
}

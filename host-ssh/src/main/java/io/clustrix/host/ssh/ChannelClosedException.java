package io.clustrix.host.ssh;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What is sent goes nowhere any more: the command ended, or the link broke. */
final class ChannelClosedException extends IOException {
    private static final long serialVersionUID = 1L;

    ChannelClosedException(@Nullable Throwable cause) {
        super("the channel is closed", cause);
    }
}

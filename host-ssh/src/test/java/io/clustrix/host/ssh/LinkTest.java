package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.SocketException;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.transport.TransportException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A link")
class LinkTest {
    @Test
    @DisplayName("a line that broke is told from a server that refuses, before the link itself knows of its end")
    void broke() {
        assertThat(Link.broke(new ConnectionException("Request failed"))).isFalse();
        assertThat(Link.broke(new ConnectionException(new SocketException("Connection reset"))))
                .isTrue();
        assertThat(Link.broke(new ConnectionException(new TransportException("Broken transport; encountered EOF"))))
                .isTrue();
        assertThat(Link.broke(new TransportException("Broken transport"))).isTrue();
    }
}

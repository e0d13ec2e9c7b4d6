package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.HostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SshConfigTest {
    private static final String CONFIG = """
            # a comment
            Include more.conf
            Host login1 login2 !login2
                HostName = %h.example.org
                User "anna b"
                Port 2222
                IdentityFile ~/.ssh/first
                identityfile %d/.ssh/%r@%h

            Host *.example.org !bad.example.org
              User=eve
              PORT	2022
              ProxyJump gate,carl@gate2:2200
            HOST bad.*
              User mallory
              ProxyJump none
            Host deep
              HostName "deep.inner.org"
              ProxyJump gate
              UserKnownHostsFile ~/.ssh/a "/tmp/with space/b"
              HostKeyAlias alias.of.deep
              StrictHostKeyChecking accept-new
              ConnectTimeout 7
              ServerAliveInterval 9
              IdentitiesOnly yes
              IdentityAgent ~/agent.sock
            Match host deep.inner.org
              User matched
            Match originalhost gate* !localuser nobody-of-that-name
              Port 44
            Match all
              User everybody
              Port 4711
            Host quest?on
              Port 17
            Host *
              IdentityFile ~/.ssh/last
              ConnectTimeout 3
            """;

    @TempDir
    Path home;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        Files.createDirectories(home.resolve(".ssh"));
        file = Files.writeString(home.resolve("config"), CONFIG);
        Files.writeString(home.resolve(".ssh/more.conf"), "Host included\n  HostName from.include\n  User inc\n");
        for (String key : List.of("first", "last")) {
            Files.writeString(home.resolve(".ssh").resolve(key), "key");
        }
    }

    private List<Hop> route(String host) {
        Setup setup = new Setup(home);
        SshSettings settings = setup.settings();
        SshConfig config = new SshConfig(List.of(file), home, "me");
        SshSettings open = new SshSettings(
                settings.user(),
                settings.port(),
                settings.identity(),
                settings.password(),
                settings.configFile(),
                settings.knownHosts(),
                settings.hostKeyChecking(),
                settings.jump(),
                true,
                settings.answerTimeout(),
                Optional.empty(),
                Optional.empty(),
                8,
                settings.reconnectPause(),
                settings.longestReconnectPause(),
                3);
        return new Route(open, config, home, "me", Optional.of("/run/agent")).to(host);
    }

    private Hop hop(String host) {
        List<Hop> hops = route(host);
        return hops.get(hops.size() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "login1",
                "login2",
                "x.example.org",
                "bad.example.org",
                "bad.org",
                "deep",
                "gate",
                "gate2",
                "question",
                "questtion",
                "included",
                "other",
                "LOGIN1",
                "login1.example.org"
            })
    @DisplayName("What the file says is read as OpenSSH's own 'ssh -G' does (R46)")
    void asOpenSsh(String host) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/ssh")), "skipped: apt-get install openssh-client");
        // ssh looks for included files and ~ in the home directory of the account, whatever HOME says.
        Path absolute = Files.writeString(
                home.resolve("absolute"),
                CONFIG.replace("~/", home + "/")
                        .replace("%d", home.toString())
                        .replace("Include more.conf", "Include " + home.resolve(".ssh") + "/mo*.conf"));
        Map<String, String> theirs = new TreeMap<>();
        Sshd.local("ssh", "-G", "-F", absolute.toString(), host).lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            theirs.merge(words[0], words[1], (a, b) -> a + "|" + b);
        });
        file = absolute;
        Hop ours = hop(host);
        assertThat(ours.host()).isEqualTo(theirs.get("hostname"));
        assertThat(String.valueOf(ours.port())).isEqualTo(theirs.get("port"));
        assertThat(ours.user()).isEqualTo(theirs.get("user"));
        assertThat(String.valueOf(ours.connectTimeout().toSeconds())).isEqualTo(theirs.get("connecttimeout"));
        assertThat(ours.identitiesOnly()).isEqualTo(theirs.get("identitiesonly").equals("yes"));
        Map<String, List<String>> raw = new SshConfig(List.of(absolute), home, "me").lookUp(host);
        assertThat(raw.getOrDefault("proxyjump", List.of("none")).get(0))
                .isEqualTo(theirs.getOrDefault("proxyjump", "none"));
        assertThat(raw.getOrDefault("identityfile", List.of()))
                .containsExactly(theirs.get("identityfile").split("\\|", -1));
        assertThat(ours.keyName()).isEqualTo(Optional.ofNullable(theirs.get("hostkeyalias")));
        if (raw.containsKey("userknownhostsfile")) {
            assertThat(String.join(" ", raw.get("userknownhostsfile"))).isEqualTo(theirs.get("userknownhostsfile"));
        }
    }

    @Test
    @DisplayName("Jump hosts are worked out one by one, each by what the file says about it (R46)")
    void jumps() {
        assertThat(route("x.example.org"))
                .extracting(Hop::account)
                .containsExactly("everybody@gate:44", "carl@gate2:2200", "eve@x.example.org:2022");
        assertThat(route("deep")).extracting(Hop::host).containsExactly("gate", "deep.inner.org");
        assertThat(route("bad.example.org")).extracting(Hop::host).containsExactly("bad.example.org");
    }

    @Test
    @DisplayName("Files, aliases and tokens mean what they mean to ssh")
    void values() {
        Hop deep = hop("deep");
        assertThat(deep.knownHosts().subList(0, 2))
                .containsExactly(home.resolve(".ssh/a"), Path.of("/tmp/with space/b"));
        assertThat(deep.keyName()).contains("alias.of.deep");
        assertThat(deep.checking()).isEqualTo(SshSettings.HostKeyChecking.ACCEPT_NEW);
        assertThat(deep.keepAlive().toSeconds()).isEqualTo(9);
        assertThat(deep.agent()).contains(home.resolve("agent.sock"));
        assertThat(hop("gate").agent()).contains(Path.of("/run/agent"));
        assertThat(hop("login1").identities())
                .as("only those that exist; %%r@%%h does not")
                .containsExactly(home.resolve(".ssh/first"), home.resolve(".ssh/last"));
    }

    @Test
    @DisplayName("A Match that is not supported is ignored, and so is what can't be read as a number")
    void unsupported() throws Exception {
        Files.writeString(file, "Match exec \"true\"\n User x\nHost a\n User b\n Port many\n");
        assertThat(hop("a").user()).isEqualTo("b");
        assertThat(hop("a").port()).isEqualTo(22);
    }

    @Test
    @DisplayName("A ProxyCommand that is a jump in disguise is one; another is refused by name")
    void proxyCommand() throws Exception {
        Files.writeString(file, "Host a\n ProxyCommand ssh -q -W %h:%p gate\nHost b\n ProxyCommand nc %h %p\n");
        assertThat(route("a")).extracting(Hop::host).containsExactly("gate", "a");
        assertThatThrownBy(() -> route("b"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("nc %h %p")
                .hasMessageContaining("ProxyJump");
    }

    @Test
    @DisplayName("Jump hosts that go in a circle are an error, and so is a file that includes itself for ever")
    void circles() throws Exception {
        Files.writeString(file, "Host a\n ProxyJump b\nHost b\n ProxyJump a\n");
        assertThatThrownBy(() -> route("a")).isInstanceOf(HostException.class).hasMessageContaining("circle");
        Files.writeString(home.resolve(".ssh/self"), "Include self\nHost *\n Port 5\n");
        Files.writeString(file, "Include self\n");
        assertThat(hop("a").port()).isEqualTo(5);
    }

    @Test
    @DisplayName("Destinations may have a user and a port; what is none is refused")
    void destinations() {
        assertThat(hop("zoe@h.org:99").account()).isEqualTo("zoe@h.org:99");
        assertThat(hop("a@b@h.org").user()).isEqualTo("a@b");
        assertThat(hop("[::1]:99").host()).isEqualTo("::1");
        assertThat(hop("fe80::1").host()).isEqualTo("fe80::1");
        for (String bad : List.of("", "a b", "-oProxyCommand=x", "a:0", "a:99999", "a:b", "@")) {
            assertThatThrownBy(() -> Route.Destination.parse(bad))
                    .as(bad)
                    .hasMessageContaining("no host to connect to");
        }
    }
}

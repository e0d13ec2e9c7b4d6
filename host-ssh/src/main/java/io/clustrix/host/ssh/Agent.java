package io.clustrix.host.ssh;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.schmizz.sshj.common.Buffer;

/**
 * A running ssh-agent, see draft-miller-ssh-agent: which keys it has, and signatures by them. Each question has a
 * connection of its own; an interrupt ends it.
 */
final class Agent {
    private static final byte FAILURE = 5;
    private static final byte REQUEST_IDENTITIES = 11;
    private static final byte IDENTITIES_ANSWER = 12;
    private static final byte SIGN_REQUEST = 13;
    private static final byte SIGN_RESPONSE = 14;
    private static final int RSA_SHA2_256 = 2;
    private static final int RSA_SHA2_512 = 4;
    private static final int LONGEST_ANSWER = 256 * 1024;

    private final Path socket;

    Agent(Path socket) {
        this.socket = socket;
    }

    List<Identity> identities() throws IOException {
        Buffer.PlainBuffer answer = ask(new Buffer.PlainBuffer().putByte(REQUEST_IDENTITIES), IDENTITIES_ANSWER);
        int count = answer.readUInt32AsInt();
        List<Identity> result = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] key = answer.readBytes();
            String comment = answer.readString();
            result.add(new Key(key, comment));
        }
        return result;
    }

    private final class Key implements Identity {
        private final byte[] blob;
        private final String comment;

        Key(byte[] blob, String comment) {
            this.blob = blob;
            this.comment = comment;
        }

        @Override
        public String name() {
            return "the agent's key " + (comment.isBlank() ? KnownHosts.fingerprint(blob) : comment);
        }

        @Override
        public byte[] publicKey() {
            return blob.clone();
        }

        @Override
        public byte[] sign(byte[] data, String algorithm) throws IOException {
            int flags = algorithm.startsWith("rsa-sha2-512")
                    ? RSA_SHA2_512
                    : algorithm.startsWith("rsa-sha2-256") ? RSA_SHA2_256 : 0;
            Buffer.PlainBuffer request = new Buffer.PlainBuffer()
                    .putByte(SIGN_REQUEST)
                    .putString(blob)
                    .putString(data)
                    .putUInt32(flags);
            return ask(request, SIGN_RESPONSE).readBytes();
        }
    }

    private Buffer.PlainBuffer ask(Buffer.PlainBuffer request, byte expected) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer out = ByteBuffer.wrap(
                    new Buffer.PlainBuffer().putString(request.getCompactData()).getCompactData());
            while (out.hasRemaining()) {
                channel.write(out);
            }
            int length = filled(channel, 4).getInt();
            if (length < 1 || length > LONGEST_ANSWER) {
                throw new IOException("the agent's answer is " + length + " bytes long");
            }
            Buffer.PlainBuffer answer =
                    new Buffer.PlainBuffer(filled(channel, length).array());
            byte type = answer.readByte();
            if (type != expected) {
                throw new IOException(type == FAILURE ? "the agent refuses" : "the agent answers with type " + type);
            }
            return answer;
        }
    }

    private static ByteBuffer filled(SocketChannel channel, int length) throws IOException {
        ByteBuffer result = ByteBuffer.allocate(length);
        while (result.hasRemaining()) {
            if (channel.read(result) < 0) {
                throw new EOFException("the agent closed the connection");
            }
        }
        return result.flip();
    }
}

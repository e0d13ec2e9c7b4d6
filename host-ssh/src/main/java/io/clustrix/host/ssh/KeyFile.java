package io.clustrix.host.ssh;

import com.hierynomus.sshj.key.KeyAlgorithm;
import com.hierynomus.sshj.key.KeyAlgorithms;
import com.hierynomus.sshj.userauth.keyprovider.OpenSSHKeyV1KeyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Optional;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.signature.Signature;
import net.schmizz.sshj.userauth.keyprovider.FileKeyProvider;
import net.schmizz.sshj.userauth.keyprovider.PKCS8KeyFile;
import net.schmizz.sshj.userauth.password.PasswordFinder;
import net.schmizz.sshj.userauth.password.Resource;

/** A private key's file, in the OpenSSH or a PEM format. */
final class KeyFile {
    private static final String OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private static final byte[] MAGIC = "openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII);

    private final Path path;

    KeyFile(Path path) {
        this.path = path;
    }

    /** The public half, if it can be read without the passphrase. */
    Optional<byte[]> publicKey() throws IOException {
        Path file = Path.of(path + ".pub");
        if (Files.isReadable(file)) {
            String[] words =
                    Files.readString(file, StandardCharsets.ISO_8859_1).strip().split("\\s+", -1);
            try {
                if (words.length >= 2) {
                    return Optional.of(Base64.getDecoder().decode(words[1]));
                }
            } catch (IllegalArgumentException e) {
                throw new IOException(file + " is no public key");
            }
        }
        return isOpenSsh() ? Optional.of(header().publicKey) : Optional.empty();
    }

    /** Whether the private half is here too, not only in an agent. */
    boolean isComplete() {
        return Files.isReadable(path);
    }

    boolean isEncrypted() throws IOException {
        return isOpenSsh() ? !header().cipher.equals("none") : text().contains("ENCRYPTED");
    }

    private boolean isOpenSsh() throws IOException {
        return Files.isReadable(path) && text().contains(OPENSSH);
    }

    private String text() throws IOException {
        return Files.readString(path, StandardCharsets.ISO_8859_1);
    }

    private static final class Header {
        private final String cipher;
        private final byte[] publicKey;

        Header(String cipher, byte[] publicKey) {
            this.cipher = cipher;
            this.publicKey = publicKey;
        }
    }

    private Header header() throws IOException {
        String text = text();
        int start = text.indexOf(OPENSSH) + OPENSSH.length();
        int end = text.indexOf("-----END", start);
        try {
            byte[] content = Base64.getMimeDecoder().decode(text.substring(start, end < 0 ? text.length() : end));
            Buffer.PlainBuffer buffer = new Buffer.PlainBuffer(content);
            buffer.readRawBytes(new byte[MAGIC.length]);
            String cipher = buffer.readString();
            buffer.readBytes();
            buffer.readBytes();
            buffer.readUInt32();
            return new Header(cipher, buffer.readBytes());
        } catch (IllegalArgumentException | Buffer.BufferException e) {
            throw new IOException(path + " is no whole private key", e);
        }
    }

    /**
     * Reads both halves.
     *
     * @param passphrase empty if it has none; overwritten
     * @throws IOException if it is broken, of a kind that is not supported, or the passphrase is wrong
     */
    KeyPair load(char[] passphrase) throws IOException {
        try {
            FileKeyProvider provider = isOpenSsh() ? new OpenSSHKeyV1KeyFile() : new PKCS8KeyFile();
            provider.init(path.toFile(), new Once(passphrase));
            return new KeyPair(provider.getPublic(), provider.getPrivate());
        } catch (RuntimeException e) {
            throw new IOException(path + " can't be read as a private key: " + Words.of(e), e);
        } finally {
            java.util.Arrays.fill(passphrase, '\0');
        }
    }

    private static final class Once implements PasswordFinder {
        private final char[] passphrase;

        Once(char[] passphrase) {
            this.passphrase = passphrase;
        }

        @Override
        public char[] reqPassword(Resource<?> resource) {
            return passphrase.clone();
        }

        @Override
        public boolean shouldRetry(Resource<?> resource) {
            return false;
        }
    }

    /** Signs with a key that was loaded. */
    static byte[] sign(KeyPair key, byte[] data, String algorithm) throws IOException {
        Signature signature = algorithm(algorithm).newSignature();
        signature.initSign(key.getPrivate());
        signature.update(data);
        return new Buffer.PlainBuffer()
                .putString(signature.getSignatureName())
                .putString(signature.encode(signature.sign()))
                .getCompactData();
    }

    private static KeyAlgorithm algorithm(String name) throws IOException {
        return (switch (name) {
                    case "ssh-ed25519" -> KeyAlgorithms.EdDSA25519();
                    case "ecdsa-sha2-nistp256" -> KeyAlgorithms.ECDSASHANistp256();
                    case "ecdsa-sha2-nistp384" -> KeyAlgorithms.ECDSASHANistp384();
                    case "ecdsa-sha2-nistp521" -> KeyAlgorithms.ECDSASHANistp521();
                    case "rsa-sha2-512" -> KeyAlgorithms.RSASHA512();
                    case "rsa-sha2-256" -> KeyAlgorithms.RSASHA256();
                    case "ssh-rsa" -> KeyAlgorithms.SSHRSA();
                    default -> throw new IOException("keys of type " + name + " are not supported, but in an agent");
                })
                .create();
    }
}

package io.clustrix.host.ssh;

import java.io.IOException;

/** A key to log in with. */
interface Identity {
    /** For messages: where it is from. */
    String name();

    /** The public key as it travels. */
    byte[] publicKey();

    /**
     * Signs.
     *
     * @param algorithm as in the request, for instance {@code rsa-sha2-512}
     * @return the signature as it travels, with the name of its algorithm
     */
    byte[] sign(byte[] data, String algorithm) throws IOException;
}

package io.clustrix.scheduler.k8s;

import org.jspecify.annotations.Nullable;

/** Says who we are, in the header {@code Authorization} of each request. Thread-safe. */
interface Credential {
    /** Where a client certificate says it, or nobody asks. */
    Credential NONE = afresh -> null;

    /**
     * The header's value.
     *
     * @param afresh read it again, as the server has refused the last one
     * @return null if there is none
     * @throws io.clustrix.spi.ConfigurationException if it can't be had
     */
    @Nullable
    String header(boolean afresh);
}

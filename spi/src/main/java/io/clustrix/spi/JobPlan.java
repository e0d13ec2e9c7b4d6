package io.clustrix.spi;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a dialect needs to know of a job to write its directives.
 *
 * @param key the job's identity, which must be found again in what the scheduler says of the job
 * @param name the job's name for people; may have any printable characters
 * @param resources what each array element asks for
 * @param directory the job's directory on the host
 * @param elements how many array elements; 1 is no array
 * @param concurrent how many of them may run at once, if that is limited
 * @param cluster the cluster of a federation, if one was named
 */
public record JobPlan(
        JobKey key,
        String name,
        Resources resources,
        RemotePath directory,
        int elements,
        OptionalInt concurrent,
        Optional<String> cluster) {}

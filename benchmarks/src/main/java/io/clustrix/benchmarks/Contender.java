package io.clustrix.benchmarks;

import java.util.Map;

/** Something that runs functions, in the process that it is measured in. */
interface Contender extends AutoCloseable {

    /** What it can do, by the names that {@link Trial} has. */
    Map<String, Trial> trials();

    @Override
    void close();
}

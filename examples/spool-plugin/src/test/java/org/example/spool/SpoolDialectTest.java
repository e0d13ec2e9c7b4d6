package org.example.spool;

import io.clustrix.spi.DialectProvider;
import io.clustrix.testkit.DialectContract;
import io.clustrix.testkit.Recorded;
import java.util.List;

/** The dialect on what spool has answered. */
class SpoolDialectTest extends DialectContract {
    @Override
    protected DialectProvider<?> provider() {
        return new SpoolDialectProvider();
    }

    @Override
    protected List<Recorded> recorded() {
        return Recorded.load(getClass(), "answers.txt");
    }
}

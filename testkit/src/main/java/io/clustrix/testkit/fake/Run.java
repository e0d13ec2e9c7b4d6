package io.clustrix.testkit.fake;

import java.util.ArrayList;
import java.util.List;

/** Indices that follow each other without a gap. */
record Run(int from, int to) {

    /** The runs of indices that are in order. */
    static List<Run> of(List<Integer> indices) {
        List<Run> runs = new ArrayList<>();
        for (int index : indices) {
            int last = runs.size() - 1;
            if (last >= 0 && runs.get(last).to == index - 1) {
                runs.set(last, new Run(runs.get(last).from, index));
            } else {
                runs.add(new Run(index, index));
            }
        }
        return runs;
    }

    int length() {
        return to - from + 1;
    }
}

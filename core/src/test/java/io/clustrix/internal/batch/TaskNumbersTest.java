package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TaskNumbersTest {
    private static BitSet set(int... numbers) {
        BitSet set = new BitSet();
        for (int n : numbers) {
            set.set(n);
        }
        return set;
    }

    @Test
    @DisplayName("numbers and ranges, within the bounds that are asked for")
    void text() {
        assertThat(TaskNumbers.text(set(3, 7, 8, 9), 0, 100)).isEqualTo("3 7-9");
        assertThat(TaskNumbers.text(set(3, 7, 8, 9), 4, 9)).isEqualTo("7-8");
        assertThat(TaskNumbers.text(set(), 0, 100)).isEmpty();
    }

    @Test
    @DisplayName("what was written is read again")
    void roundTrip() {
        Random random = new Random(42);
        for (int i = 0; i < 200; i++) {
            BitSet set = new BitSet();
            random.ints(random.nextInt(50), 0, 100).forEach(set::set);
            BitSet read = new BitSet();
            TaskNumbers.addTo(read, TaskNumbers.text(set, 0, 100));
            assertThat(read).isEqualTo(set);
        }
    }

    @Test
    @DisplayName("what is no range is refused")
    void refused() {
        assertThatThrownBy(() -> TaskNumbers.addTo(new BitSet(), "9-3")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TaskNumbers.addTo(new BitSet(), "x")).isInstanceOf(IllegalArgumentException.class);
    }
}

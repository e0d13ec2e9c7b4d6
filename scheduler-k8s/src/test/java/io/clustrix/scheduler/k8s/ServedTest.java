package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.scheduler.k8s.Served.Form;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A submission that a driver sees to")
class ServedTest {
    private static Served elements(int most) {
        return new Served("a", Form.ELEMENTS, 5, most, false, Optional.empty());
    }

    @Test
    @DisplayName("where elements are Jobs, no more are made than may run; each that ends, well or not, makes room")
    void waves() {
        Served s = elements(2);
        assertThat(s.next()).containsExactly(0, 1);
        assertThat(s.next()).isEmpty();
        assertThat(s.isWaiting(2)).isTrue();
        s.ended(0);
        s.ended(0);
        assertThat(s.next()).containsExactly(2);
        s.decide(1, JobStatus.of(JobState.SUCCEEDED, ""));
        s.ended(1);
        assertThat(s.next()).containsExactly(3);
        s.ended(2);
        s.ended(3);
        assertThat(s.next()).containsExactly(4);
        assertThat(s.next()).isEmpty();
        assertThat(s.isWaiting(4)).isFalse();
    }

    @Test
    @DisplayName("what is cancelled is not made, and keeps no room")
    void cancelled() {
        Served s = elements(1);
        assertThat(s.next()).containsExactly(0);
        s.cancel(1);
        s.ended(0);
        assertThat(s.next()).containsExactly(2);
        s.cancelWhole();
        s.ended(2);
        assertThat(s.next()).isEmpty();
        assertThat(s.isWaiting(4)).isFalse();
        assertThat(s.isCancelled(4)).isTrue();
    }

    @Test
    @DisplayName("nothing is left when each element has ended or is cancelled")
    void nothingLeft() {
        Served s = new Served("a", Form.INDEXED, 3, 3, true, Optional.empty());
        s.cancel(0);
        s.ended(1);
        assertThat(s.nothingLeft()).isFalse();
        s.cancel(2);
        assertThat(s.nothingLeft()).isTrue();
    }

    @Test
    @DisplayName("an element's work is for the first pod that asks; what has become of it is decided once")
    void once() {
        Served s = elements(5);
        assertThat(s.isFor(3, "first")).isTrue();
        assertThat(s.isFor(3, "second")).isFalse();
        assertThat(s.isFor(3, "first")).isTrue();
        assertThat(s.decide(3, JobStatus.of(JobState.SUCCEEDED, "well"))).isTrue();
        assertThat(s.decide(3, JobStatus.of(JobState.FAILED, "no"))).isFalse();
        assertThat(s.decided(3)).hasValueSatisfying(d -> assertThat(d.state()).isEqualTo(JobState.SUCCEEDED));
        assertThat(s.job(3)).isEqualTo("a-3");
    }
}

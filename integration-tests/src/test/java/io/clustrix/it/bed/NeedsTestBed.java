package io.clustrix.it.bed;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs on the test bed: skipped where what it needs is not up, with a line that says how to start it. Where
 * the variable {@code CLUSTRIX_TEST_BED_REQUIRED} is set, as in CI, it fails instead.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith({TestBedCondition.class, TestBedLock.class})
public @interface NeedsTestBed {
    /**
     * Of {@code slurm}, {@code accounting}, {@code ssh}, {@code sge}, {@code k8s} and {@code faults}: the last means
     * root.
     */
    String[] value();

    /** For a class: it breaks what others use, so that no other test may be on the test bed meanwhile. */
    boolean alone() default false;
}

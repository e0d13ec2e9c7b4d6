package io.clustrix.it.bed;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Whether a test annotated with {@link NeedsTestBed} runs. */
final class TestBedCondition implements ExecutionCondition {
    /** Words as in {@link NeedsTestBed}: a test that needs no more than these must not be skipped. */
    static final String REQUIRED = "CLUSTRIX_TEST_BED_REQUIRED";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getElement()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, NeedsTestBed.class))
                .map(annotation -> decide(
                        Arrays.asList(annotation.value()),
                        TestBed.find(),
                        System.getProperty("user.name", "").equals("root"),
                        System.getenv(REQUIRED)))
                .orElseGet(() -> ConditionEvaluationResult.enabled("needs no test bed"));
    }

    static ConditionEvaluationResult decide(
            List<String> needs, Optional<TestBed> bed, boolean root, @Nullable String required) {
        Optional<String> unmet = Needs.unmet(needs, bed, root);
        if (unmet.isEmpty()) {
            return ConditionEvaluationResult.enabled("the test bed has " + needs);
        }
        if (required != null
                && !required.isBlank()
                && Arrays.asList(required.trim().split("\\s+")).containsAll(needs)) {
            throw new ExtensionConfigurationException(
                    REQUIRED + " says that the test bed has " + required + ", but the test " + unmet.get());
        }
        return ConditionEvaluationResult.disabled(unmet.get());
    }
}

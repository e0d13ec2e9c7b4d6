package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.examples.BytecodeHistogram.Counts;
import io.clustrix.examples.BytecodeHistogram.Part;
import io.clustrix.spi.RuntimeReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.Opcodes;

class BytecodeHistogramTest {
    private static final Pattern SMALL = Pattern.compile("java\\.(logging|prefs|sql)");

    @Test
    @DisplayName("worker processes count three small modules, and the check finds nothing wrong")
    void counts() throws IOException {
        List<Part> parts = BytecodeHistogram.parts(SMALL);
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (Clustrix clustrix =
                Clustrix.builder().set("clusters.local.mode", "processes").open()) {
            MapFuture<Counts> future = clustrix.map(parts, BytecodeHistogram::count);

            Map<String, Counts> byModule =
                    BytecodeHistogram.collect(future, new ProgressBar(new PrintStream(shown), true, parts.size()));

            assertThat(byModule).containsOnlyKeys("java.logging", "java.prefs", "java.sql");
            assertThat(BytecodeHistogram.check(parts, byModule)).isEmpty();
            assertThat(byModule.get("java.logging").instructions()).isGreaterThan(10_000);
            assertThat(future.placement().where()).isEqualTo("processes");
            assertThat(future.runtimes())
                    .extracting(RuntimeReport::pid)
                    .isNotEmpty()
                    .doesNotContain(ProcessHandle.current().pid());

            BytecodeHistogram.print(new PrintStream(shown), byModule, future.runtimes(), Duration.ofMillis(1234));
        }
        assertThat(shown.toString(StandardCharsets.UTF_8))
                .contains("\r[", parts.size() + "/" + parts.size())
                .contains("java.logging ", "invokevirtual ", "########", "in 1.2 s, counted by", "  pid ");
    }

    @Test
    @DisplayName("large modules are cut into several parts, and no class is in two of them")
    void parts() throws IOException {
        List<Part> parts = BytecodeHistogram.parts(Pattern.compile("java\\.base"));

        assertThat(parts)
                .hasSizeGreaterThan(5)
                .allSatisfy(p -> assertThat(p.module()).isEqualTo("java.base"));
        assertThat(parts.stream().flatMap(p -> p.files().stream()))
                .hasSizeGreaterThan(5000)
                .doesNotHaveDuplicates()
                .contains("java/lang/Object.class");
    }

    @Test
    @DisplayName("the check finds a part that was not counted, and a module name that matches nothing")
    void check() throws IOException {
        List<Part> parts = BytecodeHistogram.parts(SMALL);
        Counts one = BytecodeHistogram.count(parts.get(0));

        assertThat(BytecodeHistogram.check(parts, Map.of(one.module(), one)))
                .hasSize(2)
                .allMatch(problem -> problem.endsWith("but 0 were counted"));
        assertThat(BytecodeHistogram.check(List.of(), Map.of())).containsExactly("no module has such a name");
    }

    @Test
    @DisplayName("instructions are shown by their right names")
    void names() {
        assertThat(BytecodeHistogram.name(Opcodes.NOP)).isEqualTo("nop");
        assertThat(BytecodeHistogram.name(Opcodes.LDC)).isEqualTo("ldc");
        assertThat(BytecodeHistogram.name(Opcodes.ILOAD)).isEqualTo("iload");
        assertThat(BytecodeHistogram.name(Opcodes.IASTORE)).isEqualTo("iastore");
        assertThat(BytecodeHistogram.name(Opcodes.SWAP)).isEqualTo("swap");
        assertThat(BytecodeHistogram.name(Opcodes.IINC)).isEqualTo("iinc");
        assertThat(BytecodeHistogram.name(Opcodes.DCMPG)).isEqualTo("dcmpg");
        assertThat(BytecodeHistogram.name(Opcodes.GOTO)).isEqualTo("goto");
        assertThat(BytecodeHistogram.name(Opcodes.INVOKEDYNAMIC)).isEqualTo("invokedynamic");
        assertThat(BytecodeHistogram.name(Opcodes.MONITOREXIT)).isEqualTo("monitorexit");
        assertThat(BytecodeHistogram.name(Opcodes.IFNONNULL)).isEqualTo("ifnonnull");
    }
}

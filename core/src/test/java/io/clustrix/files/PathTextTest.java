package io.clustrix.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTextTest {
    @Test
    @DisplayName("any bytes become a text and the same bytes again")
    void bytes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] alphabet = "aé日😀".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int k = 0; k < bytes.length; k++) {
                bytes[k] = random.nextBoolean()
                        ? alphabet[random.nextInt(alphabet.length)]
                        : (byte) (1 + random.nextInt(255));
            }
            assertThat(PathText.encoded(PathText.decoded(bytes)))
                    .as("seed %d", seed)
                    .isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("what is UTF-8 is the text that it is")
    void text() {
        String text = "été 日本 😀 \uFFFD";
        assertThat(PathText.decoded(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
        assertThat(PathText.encoded(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        // A surrogate that somebody has encoded, an overlong slash, and a character that is cut off.
        byte[] wrong = {(byte) 0xED, (byte) 0xB2, (byte) 0x80, (byte) 0xC0, (byte) 0xAF, (byte) 0xE6, (byte) 0x97};
        assertThat(PathText.decoded(wrong)).hasSize(7).doesNotContain("/", "\uFFFD");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "a,a",
                "./a,a",
                "a/,a",
                "a//b/./c/,a/b/c",
                "/,/",
                "//,/",
                "/.,/",
                ".,.",
                "./,.",
                "././.,.",
                "~,~",
                "~/,~",
                "~/a,~/a",
                "./~,./~",
                "././~/a,./~/a",
                "..,..",
                "../a,../a",
                "/~,/~",
                "~a,~a",
                "a/~,a/~"
            })
    @DisplayName("paths have one form")
    void normal(String path, String normal) {
        assertThat(PathText.normal(path)).isEqualTo(normal);
    }

    @Test
    @DisplayName("below a directory")
    void below() {
        assertThat(PathText.below(".", "a")).isEqualTo("a");
        assertThat(PathText.below(".", "~")).isEqualTo("./~");
        assertThat(PathText.below(".", "~/a")).isEqualTo("./~/a");
        assertThat(PathText.below("/", "a")).isEqualTo("/a");
        assertThat(PathText.below("~", "a")).isEqualTo("~/a");
        assertThat(PathText.below("a/b", "~")).isEqualTo("a/b/~");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b", "\uD800", "a\uDC00", "\uDD00"})
    @DisplayName("what can be no path is refused")
    void refused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> PathText.normal(path));
    }

    @Test
    @DisplayName("a script gets letters that no shell changes, and never an option")
    void arguments() {
        assertThat(PathText.argument("-rf")).isEqualTo("./-rf");
        assertThat(PathText.argument("~")).isEqualTo("~");
        assertThat(PathText.argument("./~")).isEqualTo("./~");
        assertThat(PathText.argument("/a b'\n\\é\uDCE9")).isEqualTo("/a\\0040b\\0047\\0012\\0134\\0303\\0251\\0351");
        assertThat(PathText.shown("a\nb\uDCE9\u0007")).isEqualTo("a\\nb\\xe9\\u0007");
    }
}

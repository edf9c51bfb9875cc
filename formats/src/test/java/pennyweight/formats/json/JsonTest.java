package pennyweight.formats.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts and trees must be those of Jackson's own mapper. */
class JsonTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "true",
                "\"\\u00e9\\ud83d\\ude00\\n\\\"/\"",
                "[1, -1, 2147483648, -9223372036854775808, 9223372036854775808, 1e400]",
                "[0.1, -0.0, 1e-7, 1E22, 10000000.0, 1e5, 123456789.125]",
                "{\"b\": {\"a\": [[], {}, [false, null]]}, \"a\": \"x\", \"\": 7}",
                "{\"a\": 1, \"b\": 2, \"a\": 3}",
                "  {\"padded\": 1}   "
            })
    void readsAndWritesAsTheMapper(String text) {
        JsonNode tree = Json.read(text);
        assertEquals(MAPPER.readTree(text), tree);
        byte[] bytes = ("##" + text).getBytes(StandardCharsets.UTF_8);
        assertEquals(tree, Json.read(bytes, 2));
        assertEquals(MAPPER.writeValueAsString(tree), Json.text(tree));
        assertEquals(
                MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree) + "\n",
                Json.indented(tree));
    }

    @Test
    void anEmptyTextHasNoValue() {
        assertTrue(Json.read(" \n").isMissingNode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[1,]", "{\"a\" 1}", "{} {}", "[] 1", "nul", "NaN", "1 x"})
    void refusesWhatIsNotJson(String text) {
        assertThrows(JacksonException.class, () -> MAPPER.readTree(text));
        assertThrows(JacksonException.class, () -> Json.read(text));
    }

    /** The parser ends it, not the stack. */
    @Test
    void refusesEndlessNesting() {
        String text = "[".repeat(1_000_000);
        assertThrows(JacksonException.class, () -> Json.read(text));
    }

    @Test
    void strictReadingTakesNumbersOfPythonAndNoKeyTwice() {
        JsonNode found = strictly("{\"a\": NaN, \"b\": [-Infinity, 1]}");
        assertEquals(Double.NaN, found.path("a").doubleValue());
        assertEquals(Double.NEGATIVE_INFINITY, found.path("b").path(0).doubleValue());
        assertThrows(JacksonException.class, () -> strictly("{\"a\": 1, \"a\": 1}"));
        assertThrows(JacksonException.class, () -> strictly("{} {}"));
    }

    private static JsonNode strictly(String text) {
        return Json.readStrictly(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void makesTreesOfValuesAsTheMapper() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("z", List.of("text", 1, 1L << 40, BigInteger.TEN.pow(30), 0.5, 0.1f, true));
        value.put("a", Map.of("k", Json.object().put("n", BigInteger.TWO.pow(80))));
        value.put("none", Arrays.asList((Object) null));
        assertEquals(MAPPER.valueToTree(value), Json.tree(value));
        assertEquals(MAPPER.writeValueAsString(value), Json.text(value));
        assertThrows(IllegalArgumentException.class, () -> Json.tree(new Object()));
    }
}

package pennyweight.formats.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;

class SafetensorsFileTest {
    @TempDir Path folder;

    @Test
    void readsTensorsByOffset() throws IOException {
        String header =
                "{\"b\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[4,16]},"
                        + "\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                        + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[4,4]}}   ";
        Path path = HandBuilt.write(folder.resolve("x.safetensors"), header, 16);
        long data = 8 + header.length();
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertEquals(Map.of("format", "pt"), file.metadata());
            assertEquals(
                    List.of(
                            new TensorEntry("a", DType.F32, Shape.of(), path, data, 4),
                            new TensorEntry("none", DType.F32, Shape.of(0, 7), path, data + 4, 0),
                            new TensorEntry("b", DType.BF16, Shape.of(2, 3), path, data + 4, 12)),
                    file.tensors());
            TensorEntry b = file.tensor("b").orElseThrow();
            assertArrayEquals(new byte[] {4, 5, 6}, file.input().read(b.offset(), 3));
            assertEquals(Optional.empty(), file.tensor("c"));
        }
    }

    @Test
    void readsAFileWithoutTensors() throws IOException {
        try (SafetensorsFile file =
                SafetensorsFile.open(HandBuilt.write(folder.resolve("x"), "{}", 0))) {
            assertEquals(List.of(), file.tensors());
            assertEquals(Map.of(), file.metadata());
        }
    }

    @Test
    void ignoresFieldsItDoesNotKnow() throws IOException {
        String header =
                "{\"a\":{\"note\":{\"x\":[1,{}]},\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
        try (SafetensorsFile file =
                SafetensorsFile.open(HandBuilt.write(folder.resolve("x"), header, 1))) {
            assertTrue(file.tensor("a").isPresent());
        }
    }

    /** One tensor entry, the bytes of data that follow it, and what is said against it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"dtype\":\"U9\",\"shape\":[1],\"data_offsets\":[0,1]}|1|unknown dtype U9",
                "{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}|1|dtype that is not a string",
                "{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}|1|numbers of type F4",
                "{\"shape\":[1],\"data_offsets\":[0,1]}|1|has no dtype",
                "{\"dtype\":\"U8\",\"data_offsets\":[0,1]}|1|has no shape",
                "{\"dtype\":\"U8\",\"shape\":[1]}|1|has no data_offsets",
                "{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}|1|shape holds -1",
                "{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}|1|shape holds 1.0",
                "{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}|1|shape holds 1",
                "{\"dtype\":\"U8\",\"shape\":[null],\"data_offsets\":[0,1]}|1|shape holds null",
                "{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}|1|shape holds [",
                "{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}|1|shape is not an array",
                "{\"dtype\":\"U8\",\"shape\":[9223372036854775808],\"data_offsets\":[0,1]}|1|shape holds 9223372036854775808",
                "{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,1]}|1|impossible shape",
                "{\"dtype\":\"F64\",\"shape\":[4611686018427387904],\"data_offsets\":[0,1]}|1|impossible shape",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}|1|begins at 1, after its end at 0",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}|1|has 3 data_offsets",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}|1|data_offsets holds -1",
                "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}|7|F32 [2] needs 8 bytes, but its data_offsets span 7",
                "{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}|1|ends at 2 of the data, which is 1 bytes",
                "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}|2|leaves a hole of 1 bytes before it",
                "[1]|1|is not declared by a JSON object",
            })
    void refusesAnUnsoundTensor(String entry, int data, String problem) throws IOException {
        Path path =
                HandBuilt.write(folder.resolve("bad.safetensors"), "{\"a.b\":" + entry + "}", data);
        String message = refusal(path);
        assertTrue(message.contains("tensor a.b: "), message);
        assertTrue(message.contains(problem), message);
    }

    @Test
    void refusesTensorsThatOverlap() throws IOException {
        String header =
                "{" + HandBuilt.u8("second", 3, 6) + "," + HandBuilt.u8("first", 0, 4) + "}";
        String message = refusal(HandBuilt.write(folder.resolve("x"), header, 6));
        assertTrue(
                message.contains("tensor second: begins at 3 of the data, inside tensor first"),
                message);
    }

    @Test
    void namesTheFirstTensorThatATruncatedFileLacks() throws IOException {
        String header =
                "{"
                        + HandBuilt.u8("a", 0, 4)
                        + ","
                        + HandBuilt.u8("c", 8, 12)
                        + ","
                        + HandBuilt.u8("b", 4, 8)
                        + "}";
        String message = refusal(HandBuilt.write(folder.resolve("x"), header, 7));
        assertTrue(message.contains("tensor b: ends at 8 of the data, which is 7"), message);
        assertTrue(message.contains("cut short"), message);
    }

    @Test
    void refusesBytesAfterTheLastTensor() throws IOException {
        String message =
                refusal(
                        HandBuilt.write(
                                folder.resolve("x"), "{" + HandBuilt.u8("a", 0, 4) + "}", 6));
        assertTrue(message.contains("2 bytes follow the last tensor"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|does not begin with {",
                "` {}`|does not begin with {",
                "`{\"a\":`|not valid JSON",
                "`{} {}`|text follows",
                "`{,}`|not valid JSON",
                "`{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}`|not valid JSON (Duplicate",
                "`{\"__metadata__\":1}`|__metadata__ is not a JSON object",
                "`{\"__metadata__\":{\"k\":1}}`|__metadata__.k is not a string",
                "`{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}`|not valid JSON (Duplicate",
            })
    void refusesAnUnsoundHeader(String header, String problem) throws IOException {
        String message =
                refusal(
                        HandBuilt.write(
                                folder.resolve("x"),
                                header.length(),
                                header.getBytes(StandardCharsets.UTF_8),
                                0));
        assertTrue(message.contains(problem), message);
    }

    @Test
    void refusesATensorDeclaredTwice() throws IOException {
        String header = "{" + HandBuilt.u8("a", 0, 1) + "," + HandBuilt.u8("a", 1, 2) + "}";
        String message = refusal(HandBuilt.write(folder.resolve("x"), header, 2));
        assertTrue(message.contains("Duplicate") && message.contains("\"a\""), message);
    }

    @Test
    void refusesAHeaderThatIsNotUtf8() throws IOException {
        byte[] json = {'{', '"', (byte) 0xC3, '"', ':', '1', '}'};
        String message = refusal(HandBuilt.write(folder.resolve("x"), json.length, json, 0));
        assertTrue(message.contains("not valid JSON"), message);
    }

    @Test
    void keepsAMessageOnOneLineWhateverTheName() throws IOException {
        String header = "{\"a\\nb\\u2028" + "x".repeat(500) + "\":[]}";
        String message = refusal(HandBuilt.write(folder.resolve("x"), header, 0));
        assertTrue(message.contains("tensor a?b?xxx") && message.length() < 500, message);
    }

    @ParameterizedTest
    @CsvSource({
        "100000000, 'fewer than 100000000'",
        "-1, 'header of 18446744073709551615 bytes'",
        "3, 'but is only 10 bytes long'",
        "0, 'does not begin with {'",
    })
    void refusesALyingHeaderLength(long declared, String problem) throws IOException {
        String message =
                refusal(HandBuilt.write(folder.resolve("x"), declared, new byte[] {'{', '}'}, 0));
        assertTrue(message.contains(problem), message);
    }

    @Test
    void refusesAFileTooShortForALength() throws IOException {
        String message = refusal(Files.write(folder.resolve("x"), new byte[7]));
        assertTrue(message.contains("7 bytes long, too short"), message);
    }

    @Test
    void tellsAGitLfsPointerAsSuch() throws IOException {
        String message =
                refusal(
                        Files.writeString(
                                folder.resolve("x"), "version https://git-lfs.github.com/spec/v1"));
        assertTrue(message.contains("git lfs pull"), message);
    }

    @Test
    void refusesWhatIsNoFile() {
        assertTrue(refusal(folder).contains("is a folder"));
        assertTrue(refusal(folder.resolve("none")).contains("no such file"));
    }

    private static String refusal(Path path) {
        Refusal refusal = assertThrows(Refusal.class, () -> SafetensorsFile.open(path).close());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(path + ": "), message);
        assertFalse(message.contains("\n"), message);
        return message;
    }
}

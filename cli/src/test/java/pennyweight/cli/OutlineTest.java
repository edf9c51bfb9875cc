package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Plans of models whose weights are not there. */
final class OutlineTest {
    @TempDir private Path temp = Path.of("");

    /** The config of a member of the Qwen3.5 family, as published. */
    private static ObjectNode published(String member) {
        ObjectNode config = JsonMapper.shared().createObjectNode();
        config.putArray("architectures").add("Qwen3_5ForConditionalGeneration");
        config.put("model_type", "qwen3_5");
        config.put("tie_word_embeddings", !member.equals("9B"));
        ObjectNode text = config.putObject("text_config").put("model_type", "qwen3_5_text");
        text.put("dtype", "bfloat16").put("mamba_ssm_dtype", "float32").put("vocab_size", 248_320);
        text.put("tie_word_embeddings", !member.equals("9B")).put("mtp_num_hidden_layers", 1);
        text.put("full_attention_interval", 4).put("head_dim", 256);
        text.put("linear_num_key_heads", 16).put("linear_key_head_dim", 128);
        text.put("linear_value_head_dim", 128).put("max_position_embeddings", 262_144);
        text.putObject("rope_parameters")
                .put("rope_type", "default")
                .put("rope_theta", 10_000_000)
                .put("partial_rotary_factor", 0.25)
                .putArray("mrope_section")
                .add(11)
                .add(11)
                .add(10);
        ObjectNode vision = config.putObject("vision_config").put("model_type", "qwen3_5");
        int[] sizes =
                switch (member) {
                    case "0.8B" -> new int[] {1024, 3584, 24, 8, 2, 16, 12, 768, 3072, 12};
                    case "2B" -> new int[] {2048, 6144, 24, 8, 2, 16, 24, 1024, 4096, 16};
                    case "4B" -> new int[] {2560, 9216, 32, 16, 4, 32, 24, 1024, 4096, 16};
                    case "9B" -> new int[] {4096, 12288, 32, 16, 4, 32, 27, 1152, 4304, 16};
                    default -> throw new IllegalArgumentException(member);
                };
        text.put("hidden_size", sizes[0]).put("intermediate_size", sizes[1]);
        text.put("num_hidden_layers", sizes[2]).put("num_attention_heads", sizes[3]);
        text.put("num_key_value_heads", sizes[4]).put("linear_num_value_heads", sizes[5]);
        vision.put("depth", sizes[6]).put("hidden_size", sizes[7]);
        vision.put("intermediate_size", sizes[8]).put("num_heads", sizes[9]);
        vision.put("out_hidden_size", sizes[0]).put("num_position_embeddings", 2304);
        return config;
    }

    private Path folder(ObjectNode config) throws IOException {
        Path folder = Files.createDirectory(temp.resolve("model"));
        Files.writeString(folder.resolve("config.json"), config.toString());
        return folder;
    }

    /** The figures that published folders of these models have, tensors alone. */
    @ParameterizedTest
    @CsvSource({
        "0.8B, 1746882752,  423938240,  611911872,  799885504,  813097664",
        "2B,   4548144832, 1059315904, 1529635008, 1999954112, 2192468160",
        "4B,   9319737856, 2367118848, 3418316288, 4469513728, 4085344768",
        "9B,  19306216416, 5038041600, 7276227072, 9514412544, 8188248032"
    })
    void pricesAModelByItsConfigAlone(
            String member, long source, long four, long six, long eight, long sixWithTower)
            throws IOException {
        Path folder = folder(published(member));
        JsonNode text =
                Cli.run(
                                "convert",
                                folder,
                                "--to",
                                "mlx",
                                "--bits",
                                "4,6,8",
                                "--text-only",
                                "--dry-run",
                                "--json")
                        .exits(0)
                        .json();
        assertEquals(source, text.path("source").path("bytes").asLong());
        assertEquals(four, tensorBytes(text, 0));
        assertEquals(six, tensorBytes(text, 1));
        assertEquals(eight, tensorBytes(text, 2));
        JsonNode whole =
                Cli.run("convert", folder, "--to", "mlx", "--bits", "6", "--dry-run", "--json")
                        .exits(0)
                        .json();
        assertEquals(sixWithTower, tensorBytes(whole, 0));
    }

    private static long tensorBytes(JsonNode plan, int output) {
        return plan.path("outputs")
                .path(output)
                .path("targets")
                .path(0)
                .path("tensorBytes")
                .asLong();
    }

    @Test
    void printsTheBytesOfTheTensors() throws IOException {
        Path folder = folder(published("2B"));
        Cli plan =
                Cli.run("convert", folder, "--to", "mlx", "--bits", "6", "--text-only", "--dry-run")
                        .exits(0);
        assertTrue(plan.out().contains(" 1,529,635,008 "), plan.out());
    }

    /** All but the weights. */
    private static void copyHeaders(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Path copy = to.resolve(file.getFileName());
                Files.copy(file, copy);
                if (file.toString().endsWith(".safetensors")) {
                    try (RandomAccessFile shard = new RandomAccessFile(copy.toFile(), "rw")) {
                        shard.setLength(8 + Long.reverseBytes(shard.readLong()));
                    }
                }
            }
        }
    }

    @Test
    void headersAloneGiveThePlanOfTheWhole() throws IOException {
        Path headers = temp.resolve("tiny-qwen35");
        copyHeaders(Cli.TINY, headers);
        assertEquals(
                Cli.run("convert", Cli.TINY, "--dry-run", "--json").exits(0).json(),
                Cli.run("convert", headers, "--dry-run", "--json").exits(0).json());
    }

    @Test
    void configAloneGivesThePlanOfTheWhole() throws IOException {
        Path config = Files.createDirectory(temp.resolve("tiny-qwen35"));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Cli.TINY)) {
            for (Path file : files) {
                if (!file.getFileName().toString().contains("safetensors")) {
                    Files.copy(file, config.resolve(file.getFileName()));
                }
            }
        }
        for (String format : new String[] {"gguf", "mlx", "onnx"}) {
            JsonNode whole =
                    Cli.run("convert", Cli.TINY, "--to", format, "--dry-run", "--json").json();
            JsonNode outline =
                    Cli.run("convert", config, "--to", format, "--dry-run", "--json")
                            .exits(0)
                            .json();
            assertEquals(tensorBytes(whole, 0), tensorBytes(outline, 0), format);
            assertEquals(whole.path("source").path("bytes"), outline.path("source").path("bytes"));
        }
    }

    @Test
    void onlyAPlanDoesWithoutWeights() throws IOException {
        Path headers = temp.resolve("tiny-qwen35");
        copyHeaders(Cli.TINY, headers);
        Cli refused = Cli.run("convert", headers, "--out", temp.resolve("out")).exits(3);
        assertTrue(refused.err().contains("cut short"), refused.err());
        Path config = folder(published("0.8B"));
        assertTrue(
                Cli.run("convert", config, "--out", temp.resolve("out"))
                        .exits(3)
                        .err()
                        .contains("holds no *.safetensors file"));
    }

    @Test
    void halfAShardIsNoOutline() throws IOException {
        Path headers = temp.resolve("tiny-qwen35");
        copyHeaders(Cli.TINY, headers);
        Path shard = headers.resolve("model.safetensors-00001-of-00002.safetensors");
        Files.write(shard, new byte[1], java.nio.file.StandardOpenOption.APPEND);
        Cli refused = Cli.run("convert", headers, "--dry-run").exits(3);
        assertTrue(refused.err().contains("cut short"), refused.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num_hidden_layers|2000000000|more than any model has",
                "mtp_num_hidden_layers|-1|a whole number from 0",
                "hidden_size|0|a whole number from 1"
            })
    void aConfigThatLiesIsRefused(String field, int value, String problem) throws IOException {
        ObjectNode config = published("0.8B");
        ((ObjectNode) config.path("text_config")).put(field, value);
        Cli refused = Cli.run("convert", folder(config), "--to", "mlx", "--dry-run").exits(3);
        assertTrue(refused.err().contains(field + " is " + value), refused.err());
        assertTrue(refused.err().contains(problem), refused.err());
    }
}

package pennyweight.converter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Workers;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsLayout;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A checkpoint of any dimensions with random weights, whose scales resemble those of a trained
 * model: zero-centred norms near 0, decays in [0, 2.7], a few loud input channels. Names and types
 * are those of the published checkpoints. It is streamed: memory does not grow with the dimensions.
 */
public final class RandomCheckpoint {
    private static final String SHARD = "model.safetensors-00001-of-00001.safetensors";
    private static final int TILE = 1 << 18;
    private static final int CONV_KERNEL = 4;

    private final ObjectNode config;
    private final ObjectNode text;
    private final ObjectNode vision;
    private final Path others;
    private final List<Tensor> tensors = new ArrayList<>();

    /** How numbers are drawn. */
    private enum Draw {
        NORMAL,
        /** Normal, every 64th input channel three times as loud. */
        LOUD,
        UNIFORM
    }

    private record Tensor(String name, Shape shape, Draw draw, double scale, double mean) {
        DType dtype() {
            return name.endsWith("linear_attn.A_log") || name.endsWith("linear_attn.norm.weight")
                    ? DType.F32
                    : DType.BF16;
        }
    }

    /**
     * @param base a folder with a checkpoint of both text and vision: its config is the beginning,
     *     its tokenizer's files are taken as they are
     */
    public RandomCheckpoint(Path base) {
        this.others = base;
        this.config = JsonFile.readObject(base.resolve("config.json")).asObject();
        this.text = config.path("text_config").asObject();
        this.vision = config.path("vision_config").asObject();
    }

    /** The dimensions of Qwen3.5-0.8B, with a number of layers, 24 as published. */
    public static RandomCheckpoint published(Path base, int layers) {
        return new RandomCheckpoint(base)
                .text("vocab_size", 248320)
                .text("hidden_size", 1024)
                .text("intermediate_size", 3584)
                .text("num_attention_heads", 8)
                .text("num_key_value_heads", 2)
                .text("head_dim", 256)
                .text("linear_num_key_heads", 16)
                .text("linear_num_value_heads", 16)
                .text("linear_key_head_dim", 128)
                .text("linear_value_head_dim", 128)
                .text("max_position_embeddings", 262144)
                .layers(layers)
                .vision("depth", 12)
                .vision("hidden_size", 768)
                .vision("intermediate_size", 3072)
                .vision("num_heads", 12)
                .vision("num_position_embeddings", 2304);
    }

    /** Sets a number of the config's text part. */
    public RandomCheckpoint text(String field, int value) {
        text.put(field, value);
        return this;
    }

    /** Sets a number of the config's vision part. */
    public RandomCheckpoint vision(String field, int value) {
        vision.put(field, value);
        return this;
    }

    /** Sets whether the embedding is the output head too. */
    public RandomCheckpoint tied(boolean tied) {
        text.put("tie_word_embeddings", tied);
        config.put("tie_word_embeddings", tied);
        return this;
    }

    /** Sets the number of decoder layers: every fourth has full attention. */
    public RandomCheckpoint layers(int layers) {
        text.put("num_hidden_layers", layers);
        ArrayNode types = text.putArray("layer_types");
        for (int i = 1; i <= layers; i++) {
            types.add(i % 4 == 0 ? "full_attention" : "linear_attention");
        }
        return this;
    }

    private int of(String field) {
        return text.path(field).intValue();
    }

    /**
     * Writes the checkpoint.
     *
     * @param folder is made
     */
    public Path write(Path folder, long seed) {
        int width = of("hidden_size");
        vision.put("out_hidden_size", width);
        int pairs = of("head_dim") / 8;
        ArrayNode sections = text.path("rope_parameters").asObject().putArray("mrope_section");
        // The published split of 32 frequencies is 11, 11, 10.
        sections.add(Math.ceilDiv(pairs, 3)).add(Math.ceilDiv(pairs - 1, 3)).add(pairs / 3);
        tensors.clear();
        decoder(width);
        tower(width);
        attention("mtp.layers.0.", width);
        mlp("mtp.layers.0.", width);
        linear("mtp.fc.weight", width, 2 * width);
        for (String norm : List.of("pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm")) {
            normal("mtp." + norm + ".weight", 0.2, 0, width);
        }
        files(folder);
        weights(folder.resolve(SHARD), seed);
        return folder;
    }

    private void decoder(int width) {
        String prefix = "model.language_model.";
        normal(prefix + "embed_tokens.weight", 0.05, 0, of("vocab_size"), width);
        for (int i = 0; i < of("num_hidden_layers"); i++) {
            String layer = prefix + "layers." + i + ".";
            mlp(layer, width);
            JsonNode type = text.path("layer_types").path(i);
            if (type.stringValue().equals("full_attention")) {
                attention(layer, width);
            } else {
                delta(layer + "linear_attn.", width);
            }
        }
        normal(prefix + "norm.weight", 0.2, 0, width);
        if (!text.path("tie_word_embeddings").booleanValue()) {
            normal("lm_head.weight", 0.05, 0, of("vocab_size"), width);
        }
    }

    private void mlp(String layer, int width) {
        int inner = of("intermediate_size");
        linear(layer + "mlp.gate_proj.weight", inner, width);
        linear(layer + "mlp.up_proj.weight", inner, width);
        linear(layer + "mlp.down_proj.weight", width, inner);
        normal(layer + "input_layernorm.weight", 0.2, 0, width);
        normal(layer + "post_attention_layernorm.weight", 0.2, 0, width);
    }

    private void attention(String layer, int width) {
        String prefix = layer + "self_attn.";
        int dim = of("head_dim");
        int queries = of("num_attention_heads") * dim;
        int keys = of("num_key_value_heads") * dim;
        linear(prefix + "q_proj.weight", 2 * queries, width);
        linear(prefix + "k_proj.weight", keys, width);
        linear(prefix + "v_proj.weight", keys, width);
        linear(prefix + "o_proj.weight", width, queries);
        normal(prefix + "q_norm.weight", 0.2, 0, dim);
        normal(prefix + "k_norm.weight", 0.2, 0, dim);
    }

    private void delta(String prefix, int width) {
        int heads = of("linear_num_value_heads");
        int values = heads * of("linear_value_head_dim");
        int channels = 2 * of("linear_num_key_heads") * of("linear_key_head_dim") + values;
        linear(prefix + "in_proj_qkv.weight", channels, width);
        linear(prefix + "in_proj_z.weight", values, width);
        linear(prefix + "in_proj_b.weight", heads, width);
        linear(prefix + "in_proj_a.weight", heads, width);
        normal(prefix + "conv1d.weight", 0.4, 0, channels, 1, CONV_KERNEL);
        tensors.add(new Tensor(prefix + "A_log", Shape.of(heads), Draw.UNIFORM, 2.7, 0));
        normal(prefix + "dt_bias", 1, -2, heads);
        normal(prefix + "norm.weight", 0.1, 1, of("linear_value_head_dim"));
        linear(prefix + "out_proj.weight", width, values);
    }

    private void tower(int width) {
        int own = vision.path("hidden_size").intValue();
        int inner = vision.path("intermediate_size").intValue();
        int patch = vision.path("patch_size").intValue();
        int merged = own * 4;
        String prefix = "model.visual.";
        normal(prefix + "patch_embed.proj.weight", 0.03, 0, own, 3, 2, patch, patch);
        normal(prefix + "patch_embed.proj.bias", 0.02, 0, own);
        int positions = vision.path("num_position_embeddings").intValue();
        normal(prefix + "pos_embed.weight", 0.3, 0, positions, own);
        for (int i = 0; i < vision.path("depth").intValue(); i++) {
            String block = prefix + "blocks." + i + ".";
            for (String norm : List.of("norm1", "norm2")) {
                normal(block + norm + ".weight", 0.1, 1, own);
                normal(block + norm + ".bias", 0.1, 0, own);
            }
            biased(block + "attn.qkv", 3 * own, own);
            biased(block + "attn.proj", own, own);
            biased(block + "mlp.linear_fc1", inner, own);
            biased(block + "mlp.linear_fc2", own, inner);
        }
        normal(prefix + "merger.norm.weight", 0.1, 1, own);
        normal(prefix + "merger.norm.bias", 0.1, 0, own);
        biased(prefix + "merger.linear_fc1", merged, merged);
        biased(prefix + "merger.linear_fc2", width, merged);
    }

    private void biased(String name, int out, int in) {
        linear(name + ".weight", out, in);
        normal(name + ".bias", 0.1, 0, out);
    }

    private void linear(String name, int out, int in) {
        tensors.add(new Tensor(name, Shape.of(out, in), Draw.LOUD, 1 / Math.sqrt(in), 0));
    }

    private void normal(String name, double deviation, double mean, long... shape) {
        tensors.add(new Tensor(name, Shape.of(shape), Draw.NORMAL, deviation, mean));
    }

    private void files(Path folder) {
        try (Stream<Path> files = Files.list(others)) {
            Files.createDirectories(folder);
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.contains(".safetensors")) {
                    Files.copy(file, folder.resolve(name));
                }
            }
            Map<String, String> index = new TreeMap<>();
            tensors.forEach(t -> index.put(t.name, SHARD));
            Files.write(
                    folder.resolve("config.json"), JsonMapper.shared().writeValueAsBytes(config));
            Files.write(
                    folder.resolve("model.safetensors.index.json"),
                    JsonMapper.shared()
                            .writeValueAsBytes(Map.of("metadata", Map.of(), "weight_map", index)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Tile(int tensor, long first, int count) {}

    private void weights(Path file, long seed) {
        SafetensorsLayout layout =
                SafetensorsLayout.of(
                        tensors.stream()
                                .map(t -> new SafetensorsLayout.Tensor(t.name, t.dtype(), t.shape))
                                .toList(),
                        Map.of("format", "pt"));
        List<Tile> tiles = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            long n = tensors.get(i).shape.elements();
            for (long first = 0; first < n; first += TILE) {
                tiles.add(new Tile(i, first, (int) Math.min(TILE, n - first)));
            }
        }
        try (OutputFile out = OutputFile.create(file, layout.fileSize());
                Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
            workers.forEach(
                    tiles.size(),
                    (worker, i) -> {
                        Tile tile = tiles.get(i);
                        Tensor tensor = tensors.get(tile.tensor);
                        float[] numbers = new float[tile.count];
                        draw(tensor, tile.first, seed, numbers);
                        Plain type = Checkpoint.plain(tensor.dtype()).orElseThrow();
                        byte[][] bytes = {new byte[tile.count * tensor.dtype().bytes()]};
                        type.encode(numbers, 1, tile.count, bytes);
                        long at = layout.offset(tile.tensor) + tile.first * tensor.dtype().bytes();
                        out.write(at, bytes[0], 0, bytes[0].length);
                    });
        }
    }

    /** Each number comes from its own place alone, so that the order of work does not matter. */
    private static void draw(Tensor tensor, long first, long seed, float[] numbers) {
        long columns = tensor.shape.columns();
        int loud = Math.floorMod(tensor.name.hashCode(), 64);
        long start = mix(seed * 0x9E3779B97F4A7C15L ^ tensor.name.hashCode());
        for (int i = 0; i < numbers.length; i++) {
            long bits = mix(start + (first + i) * 0x9E3779B97F4A7C15L);
            double drawn = tensor.draw == Draw.UNIFORM ? (bits >>> 11) * 0x1p-53 : normal(bits);
            if (tensor.draw == Draw.LOUD && (first + i) % columns % 64 == loud) {
                drawn *= 3;
            }
            numbers[i] = (float) (drawn * tensor.scale + tensor.mean);
        }
    }

    /** Sum of four uniform numbers, which is normal enough: variance 1, at most 3.5. */
    private static double normal(long bits) {
        long sum =
                (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
        return (sum - 2 * 65535.0) * (Math.sqrt(3) / 65536);
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}

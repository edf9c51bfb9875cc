package pennyweight.converter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.formats.safetensors.SafetensorsLayout;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A small checkpoint, to be written again in another of the shapes that checkpoints come in. Each
 * step gives a new one.
 */
public final class CheckpointWriter {
    private static final List<String> VISION_FILES =
            List.of("preprocessor_config.json", "video_preprocessor_config.json");

    private final Path origin;
    private final ObjectNode config;
    private final List<Tensor> tensors;

    private record Tensor(String name, DType dtype, Shape shape, Bytes bytes) {
        Tensor named(String other) {
            return new Tensor(other, dtype, shape, bytes);
        }

        Tensor as(Plain.Type type) {
            int n = Math.toIntExact(shape.elements());
            float[] numbers = new float[n];
            Checkpoint.plain(dtype)
                    .orElseThrow()
                    .decode(new byte[][] {bytes.toArray()}, 1, n, numbers);
            byte[][] converted = {new byte[Math.toIntExact(new Plain(type).rowBytes(0, n))]};
            new Plain(type).encode(numbers, 1, n, converted);
            return new Tensor(name, DType.valueOf(type.name()), shape, Bytes.of(converted[0]));
        }
    }

    private CheckpointWriter(Path origin, ObjectNode config, List<Tensor> tensors) {
        this.origin = origin;
        this.config = config;
        this.tensors = List.copyOf(tensors);
    }

    /** The checkpoint of a folder, read whole. */
    public static CheckpointWriter of(Path folder) {
        List<Tensor> tensors = new ArrayList<>();
        try (SafetensorsFolder shards = SafetensorsFolder.open(folder)) {
            for (TensorEntry e : shards.tensors()) {
                byte[] bytes = shards.input(e).read(e.offset(), Math.toIntExact(e.bytes()));
                tensors.add(new Tensor(e.name(), e.dtype(), e.shape(), Bytes.of(bytes)));
            }
        }
        ObjectNode config = JsonFile.readObject(folder.resolve("config.json")).asObject();
        return new CheckpointWriter(folder, config, tensors);
    }

    /** What this holds, in the names that it has now. */
    public List<String> names() {
        return tensors.stream().map(Tensor::name).toList();
    }

    /** The decoder alone, as {@code Qwen3_5ForCausalLM} saves it. */
    public CheckpointWriter flat() {
        CheckpointWriter text = textAlone();
        ObjectNode flat = config.path("text_config").deepCopy().asObject();
        flat.putArray("architectures").add("Qwen3_5ForCausalLM");
        flat.set("transformers_version", config.path("transformers_version"));
        flat.put("mtp_num_hidden_layers", 0);
        return new CheckpointWriter(
                origin,
                flat,
                text.tensors.stream()
                        .map(t -> t.named(t.name.replace("model.language_model.", "model.")))
                        .toList());
    }

    /** Without the vision tower and the MTP head, in the names and the config of the whole. */
    public CheckpointWriter textAlone() {
        ObjectNode rest = config.deepCopy();
        rest.remove("vision_config");
        rest.path("text_config").asObject().put("mtp_num_hidden_layers", 0);
        return new CheckpointWriter(
                origin,
                rest,
                with(
                        t -> !t.name.startsWith("model.visual.") && !t.name.startsWith("mtp."),
                        t -> t));
    }

    /** All numbers in one type. */
    public CheckpointWriter as(Plain.Type type) {
        ObjectNode typed = config.deepCopy();
        String name =
                switch (type) {
                    case F32 -> "float32";
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                };
        typed.path("text_config").asObject().put("dtype", name);
        return new CheckpointWriter(origin, typed, with(t -> true, t -> t.as(type)));
    }

    /** With a head of its own that holds the numbers of the embedding. */
    public CheckpointWriter untied() {
        ObjectNode untied = config.deepCopy();
        untied.put("tie_word_embeddings", false);
        untied.path("text_config").asObject().put("tie_word_embeddings", false);
        List<Tensor> more = new ArrayList<>(tensors);
        more.add(
                tensors.stream()
                        .filter(t -> t.name.endsWith("embed_tokens.weight"))
                        .findFirst()
                        .orElseThrow()
                        .named("lm_head.weight"));
        return new CheckpointWriter(origin, untied, more);
    }

    private List<Tensor> with(Predicate<Tensor> kept, Function<Tensor, Tensor> change) {
        return tensors.stream().filter(kept).map(change).toList();
    }

    /** Writes it as one file, without an index. */
    public Path write(Path folder) {
        begin(folder);
        file(folder.resolve("model.safetensors"), tensors);
        return folder;
    }

    /** Writes it as files with an index; neighbouring tensors lie in different files. */
    public Path write(Path folder, int shards) {
        begin(folder);
        Map<String, String> index = new TreeMap<>();
        for (int s = 0; s < shards; s++) {
            String name =
                    String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", s + 1, shards);
            List<Tensor> own = new ArrayList<>();
            for (int i = s; i < tensors.size(); i += shards) {
                own.add(tensors.get(i));
                index.put(tensors.get(i).name, name);
            }
            file(folder.resolve(name), own);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "metadata",
                Map.of("total_size", tensors.stream().mapToLong(t -> t.bytes.length()).sum()));
        json.put("weight_map", index);
        json(folder.resolve("model.safetensors.index.json"), json);
        return folder;
    }

    private void begin(Path folder) {
        try (Stream<Path> files = Files.list(origin)) {
            Files.createDirectories(folder);
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean vision = VISION_FILES.contains(name) && !config.has("vision_config");
                if (!name.contains(".safetensors") && !name.equals("config.json") && !vision) {
                    Files.copy(file, folder.resolve(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        json(folder.resolve("config.json"), config);
    }

    private static void json(Path file, Object json) {
        try {
            Files.write(
                    file,
                    JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void file(Path path, List<Tensor> tensors) {
        SafetensorsLayout layout =
                SafetensorsLayout.of(
                        tensors.stream()
                                .map(t -> new SafetensorsLayout.Tensor(t.name, t.dtype, t.shape))
                                .toList(),
                        Map.of("format", "pt"));
        try (OutputFile out = OutputFile.create(path, layout.fileSize())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
            for (int i = 0; i < tensors.size(); i++) {
                byte[] bytes = tensors.get(i).bytes.toArray();
                out.write(layout.offset(i), bytes, 0, bytes.length);
            }
        }
    }
}

package pennyweight.converter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.ImportanceMatrix;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/** The small checkpoints of the test data, and what llama.cpp's tools made of them. */
public final class Recorded {
    public static final List<String> MODELS = List.of("tiny-qwen35", "micro2b", "micro4b");

    private static final Path ROOT = Path.of(System.getProperty("pennyweight.testdata"));

    private Recorded() {}

    public static Path folder(String model) {
        return ROOT.resolve(model);
    }

    /** Names of the records of a text model's files. */
    public static List<String> ggufRecords(String model) {
        return records(model, "gguf").stream()
                // The converter's own Q8_0 is another mix, which nothing here writes.
                .filter(f -> !f.startsWith("mmproj") && !f.startsWith("direct"))
                .toList();
    }

    /** Names of the records of a model's MLX folders. */
    public static List<String> mlxRecords(String model) {
        return records(model, "mlx").stream().filter(f -> !f.endsWith("-mtp-drafter")).toList();
    }

    private static List<String> records(String model, String format) {
        try (Stream<Path> files =
                Files.list(ROOT.resolve("golden").resolve(model).resolve(format))) {
            return files.map(f -> f.getFileName().toString().replace(".json", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The digest of a recorded file. */
    public static JsonNode gguf(String model, String record) {
        return json(model + "/gguf/" + record);
    }

    /** Any recorded JSON, by its path without the ending. */
    public static JsonNode json(String path) {
        return JsonFile.readObject(ROOT.resolve("golden").resolve(path + ".json"));
    }

    /** {@code imatrix-Q4_K_M} is of Q4_K_M. */
    public static GgufFileType fileType(String record) {
        String name = record.replace("imatrix-", "").replace("no-mtp-", "");
        return GgufFileType.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** The options of a record: {@code no-mtp-} and {@code imatrix-} say them. */
    public static GgufOptions ggufOptions(String model, String record) {
        GgufOptions o = GgufOptions.DEFAULT;
        if (record.startsWith("no-mtp")) {
            return new GgufOptions(
                    o.pure(),
                    o.embeddingType(),
                    o.outputType(),
                    o.overrides(),
                    false,
                    o.splitBytes(),
                    o.imatrix());
        }
        return record.startsWith("imatrix") ? o.with(ImportanceMatrix.read(imatrix(model))) : o;
    }

    /** The importance matrix that the {@code imatrix-} records were made with. */
    public static Path imatrix(String model) {
        return ROOT.resolve("golden").resolve(model).resolve("imatrix.gguf");
    }

    /** The model of a checkpoint. */
    public static Qwen35 model(String model) {
        try (Checkpoint checkpoint = Checkpoint.open(folder(model))) {
            return checkpoint.model();
        }
    }

    public static Qwen35 tiled(Qwen35 m) {
        return copy(m, m.tied(), m.mtpLayers(), HeadOrder.TILED);
    }

    private static Qwen35 copy(Qwen35 m, boolean tied, int mtpLayers, HeadOrder order) {
        return new Qwen35(
                m.vocabulary(),
                m.width(),
                m.intermediate(),
                m.kinds(),
                m.heads(),
                m.kvHeads(),
                m.headDim(),
                m.rotaryDimensions(),
                m.ropeTheta(),
                m.ropeSections(),
                m.keyHeads(),
                m.valueHeads(),
                m.keyDim(),
                m.valueDim(),
                m.convKernel(),
                m.epsilon(),
                m.contextLength(),
                m.fullAttentionInterval(),
                tied,
                mtpLayers,
                order);
    }
}

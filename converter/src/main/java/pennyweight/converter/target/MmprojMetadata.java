package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import pennyweight.converter.dialect.MmprojReader;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.Json;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The metadata of a GGUF file of the vision tower, with the keys, types, values and order of
 * llama.cpp's converter ({@code conversion/base.py}, {@code MmprojModel}, and {@code
 * conversion/qwen3vl.py}).
 */
final class MmprojMetadata {
    private static final String VISION = "clip.vision.";
    private static final String MEAN = "image_mean";
    private static final String STD = "image_std";

    private MmprojMetadata() {}

    /**
     * All keys in the order to write them.
     *
     * @param parameters numbers in all tensors of the file, for the size label
     * @throws Refusal where the folder does not say how pixels are normalised, or says nonsense
     */
    static SequencedMap<String, GgufValue> build(
            Checkpoint source, VisionTower tower, long parameters, GgufFileType fileType) {
        SequencedMap<String, GgufValue> keys =
                new LinkedHashMap<>(
                        GgufMetadataBuilder.general(
                                source.folder(),
                                source.name(),
                                MmprojReader.ARCHITECTURE,
                                "mmproj",
                                parameters));
        keys.put("general.file_type", new GgufValue.U32(fileType.id()));
        keys.putAll(clip(source, tower));
        for (String needed : new String[] {MEAN, STD}) {
            if (!keys.containsKey(VISION + needed)) {
                throw Refusal.badInput(
                        source.folder().path(),
                        "no " + ModelFolder.PREPROCESSOR_CONFIG + " in it names " + needed,
                        "download the file into it, or leave the vision tower out");
            }
        }
        keys.put("general.quantization_version", new GgufValue.U32(2));
        return keys;
    }

    /**
     * The keys of the tower itself; without those of pixels where the folder does not say how they
     * are normalised.
     */
    static SequencedMap<String, GgufValue> clip(Checkpoint source, VisionTower tower) {
        SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
        keys.put("clip.has_vision_encoder", new GgufValue.Bool(true));
        count(keys, "projection_dim", tower.outWidth());
        count(keys, "image_size", imageSize(source.folder(), tower));
        count(keys, "patch_size", tower.patch());
        count(keys, "embedding_length", tower.width());
        count(keys, "feed_forward_length", tower.intermediate());
        count(keys, "block_count", tower.depth());
        count(keys, "attention.head_count", tower.heads());
        for (String name : new String[] {MEAN, STD}) {
            pixels(source.folder(), name, tower.channels())
                    .ifPresent(values -> keys.put(VISION + name, values));
        }
        keys.put("clip.projector_type", new GgufValue.Text(MmprojReader.PROJECTOR));
        keys.put("clip.use_gelu", new GgufValue.Bool(true));
        count(keys, "spatial_merge_size", tower.mergeSize());
        // The decoder's epsilon, as there: the tower's own stands in no config.
        keys.put(
                VISION + "attention.layer_norm_epsilon",
                new GgufValue.F32((float) source.model().epsilon()));
        keys.put(
                VISION + "is_deepstack_layers",
                GgufValue.Numbers.bools(new boolean[tower.depth()]));
        return keys;
    }

    private static void count(SequencedMap<String, GgufValue> keys, String key, int value) {
        keys.put(VISION + key, new GgufValue.U32(value));
    }

    /** Pixels of a side of the image that has a learned position for each patch. */
    private static int imageSize(ModelFolder folder, VisionTower tower) {
        JsonNode stated = folder.config().path("vision_config").path("image_size");
        return stated.isInt() && stated.intValue() > 0
                ? stated.intValue()
                : (int) (Math.sqrt(tower.positions()) * tower.patch());
    }

    /**
     * A number for each channel from the processor's configs: processor_config.json has the last
     * word, and in either file what is nested counts more.
     */
    private static Optional<GgufValue> pixels(ModelFolder folder, String name, int channels) {
        JsonNode found = MissingNode.getInstance();
        Path file = folder.path();
        for (String[] fileAndNested :
                new String[][] {
                    {ModelFolder.PREPROCESSOR_CONFIG, "media_proc_cfg"},
                    {ModelFolder.PROCESSOR_CONFIG, "image_processor"}
                }) {
            JsonNode config = folder.json(fileAndNested[0]).orElseGet(MmprojMetadata::empty);
            JsonNode own = config.path(fileAndNested[1]).path(name);
            JsonNode value = own.isMissingNode() ? config.path(name) : own;
            if (!value.isMissingNode()) {
                found = value;
                file = folder.path().resolve(fileAndNested[0]);
            }
        }
        if (found.isMissingNode()) {
            return Optional.empty();
        }
        float[] values = new float[channels];
        boolean sound = found.isArray() && found.size() == channels;
        for (int i = 0; sound && i < channels; i++) {
            values[i] = (float) found.path(i).asDouble(Double.NaN);
            sound = Float.isFinite(values[i]);
        }
        if (!sound) {
            throw Refusal.badInput(
                    file,
                    name
                            + " is "
                            + JsonFile.printable(found.toString())
                            + ", where "
                            + channels
                            + " numbers are wanted",
                    "download the file again");
        }
        return Optional.of(GgufValue.Numbers.f32(values));
    }

    private static ObjectNode empty() {
        return Json.object();
    }
}

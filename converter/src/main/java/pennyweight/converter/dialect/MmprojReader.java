package pennyweight.converter.dialect;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufMetadata;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;

/**
 * The vision tower that a GGUF file describes, from its keys and tensors alone, as llama.cpp's
 * loader reads them ({@code tools/mtmd/clip.cpp}).
 */
public final class MmprojReader {
    /** The value of {@code general.architecture} in the file of any vision tower. */
    public static final String ARCHITECTURE = "clip";

    /** The value of {@code clip.projector_type}. */
    public static final String PROJECTOR = "qwen3vl_merger";

    /** Two kernels, one a frame: the file has no key for it. */
    private static final int FRAMES = 2;

    private static final String REMEDY = "convert the model again";
    private static final String VISION = "clip.vision.";

    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors = new HashMap<>();
    private final MmprojDialect dialect = new MmprojDialect();

    private MmprojReader(GgufShards file) {
        this.metadata = file.metadata();
        file.tensors().forEach(t -> tensors.put(t.name(), t));
    }

    /** Whether the file says that it holds a vision tower. */
    public static boolean recognises(GgufShards file) {
        return file.metadata()
                .optionalString("general.architecture")
                .filter(ARCHITECTURE::equals)
                .isPresent();
    }

    /**
     * The tower. Every tensor that it needs is there in the shape it needs.
     *
     * @throws Refusal where the file holds something else, or a key or a tensor is missing or does
     *     not agree with the others
     */
    public static VisionTower read(GgufShards file) {
        return new MmprojReader(file).tower();
    }

    private VisionTower tower() {
        if (!metadata.optionalBool("clip.has_vision_encoder").orElse(false)) {
            throw bad("clip.has_vision_encoder", "is not true");
        }
        String projector =
                metadata.optionalString("clip.projector_type")
                        .or(() -> metadata.optionalString(VISION + "projector_type"))
                        .orElse("none");
        if (!projector.equals(PROJECTOR)) {
            throw Refusal.notSupported(
                    metadata.file(),
                    "holds a vision tower with the projector " + projector,
                    "only " + PROJECTOR + ", the one of Qwen3.5, is supported");
        }
        int depth = count("block_count");
        // Before anything is sized by it, the number is held against the tensors.
        if (depth > tensors.size()) {
            throw bad(VISION + "block_count", "exceeds the number of tensors");
        }
        int width = count("embedding_length");
        int heads = count("attention.head_count");
        if (width % heads != 0) {
            throw bad(VISION + "embedding_length", "is no multiple of attention.head_count");
        }
        int patch = count("patch_size");
        int mergeSize = count("spatial_merge_size");
        long merged = (long) mergeSize * mergeSize;
        if (merged > Integer.MAX_VALUE / width) {
            throw bad(VISION + "spatial_merge_size", "is too large");
        }
        Shape kernel = shape(Part.PATCH_FRAME_0, 4);
        long channels = kernel.dimension(1);
        long area = (long) patch * patch;
        if (area > Integer.MAX_VALUE / FRAMES || channels > Integer.MAX_VALUE / FRAMES / area) {
            throw bad(VISION + "patch_size", "is too large");
        }
        VisionTower tower =
                new VisionTower(
                        depth,
                        width,
                        heads,
                        count("feed_forward_length"),
                        patch,
                        FRAMES,
                        mergeSize,
                        (int) Math.min(Integer.MAX_VALUE, shape(Part.POSITIONS, 2).dimension(0)),
                        (int) channels,
                        count("projection_dim"));
        checkTensors(tower);
        return tower;
    }

    private Shape shape(Part part, int rank) {
        GgufTensor t = tensor(Role.vision(part));
        if (t.shape().rank() != rank) {
            throw Refusal.badTensor(
                    metadata.file(),
                    t.name(),
                    "has shape " + t.shape() + ", not " + rank + " dimensions",
                    REMEDY);
        }
        return t.shape();
    }

    private void checkTensors(VisionTower tower) {
        for (TensorSpec spec : tower.tensors()) {
            Shape wanted = dialect.conventions().shape(spec.role(), spec.shape());
            for (Role role : dialect.conventions().stored(spec.role())) {
                GgufTensor found = tensor(role);
                if (!found.shape().equals(wanted)) {
                    throw Refusal.badTensor(
                            metadata.file(),
                            found.name(),
                            "has shape " + found.shape() + ", but the file's keys want " + wanted,
                            REMEDY);
                }
            }
        }
    }

    private GgufTensor tensor(Role role) {
        String name = dialect.name(role);
        return Optional.ofNullable(tensors.get(name))
                .orElseThrow(() ->
                        Refusal.badTensor(
                                metadata.file(),
                                name,
                                "is missing, and the file's keys want it",
                                REMEDY));
    }

    private int count(String key) {
        int value = metadata.u32(VISION + key);
        if (value < 1) {
            throw bad(VISION + key, "must not be 0");
        }
        return value;
    }

    private Refusal bad(String key, String problem) {
        return Refusal.badInput(metadata.file(), "metadata key " + key + " " + problem, REMEDY);
    }
}

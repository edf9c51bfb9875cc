package pennyweight.formats.mlx;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.json.JsonFile;

/**
 * The quantized modules of an MLX folder, each checked: a module X has {@code X.weight} U32 {@code
 * [..., N, K * bits / 32]}; in mode affine {@code X.scales} and {@code X.biases} of one float type
 * {@code [..., N, K / groupSize]}, in the others {@code X.scales} U8 of that shape alone.
 */
public final class MlxModules {
    private static final String WEIGHT = ".weight";
    private static final String SCALES = ".scales";
    private static final String BIASES = ".biases";

    /** Of mode nvfp4, for layers of experts alone: a layer without experts does not take it. */
    private static final String GLOBAL_SCALE = ".global_scale";

    private static final Set<DType> FLOATS = Set.of(DType.F16, DType.BF16, DType.F32);
    private static final String REMEDY = "convert the model to MLX again";

    private final Path configFile;
    private final Optional<MlxQuantization> block;
    private final Map<String, TensorEntry> tensors;

    private MlxModules(
            Path configFile, Optional<MlxQuantization> block, Map<String, TensorEntry> tensors) {
        this.configFile = configFile;
        this.block = block;
        this.tensors = tensors;
    }

    /**
     * The quantized modules by path, in the order of their weights.
     *
     * @param block of {@code configFile}
     * @param tensors of the whole folder
     * @throws Refusal where tensors and block contradict each other, or a tensor is missing
     */
    public static Map<String, MlxParameters> quantized(
            Path configFile, Optional<MlxQuantization> block, Collection<TensorEntry> tensors) {
        Map<String, TensorEntry> byName = LinkedHashMap.newLinkedHashMap(tensors.size());
        tensors.forEach(t -> byName.put(t.name(), t));
        MlxModules modules = new MlxModules(configFile, block, byName);
        Map<String, MlxParameters> quantized = new LinkedHashMap<>();
        for (TensorEntry t : tensors) {
            modules.check(t, quantized);
        }
        return quantized;
    }

    private void check(TensorEntry t, Map<String, MlxParameters> quantized) {
        if (t.name().endsWith(SCALES)) {
            if (!tensors.containsKey(path(t, SCALES) + WEIGHT)) {
                throw bad(t, "has no weight beside it");
            }
        } else if (t.name().endsWith(BIASES)) {
            if (!tensors.containsKey(path(t, BIASES) + SCALES)) {
                throw bad(t, "has no scales beside it");
            }
        } else if (t.name().endsWith(GLOBAL_SCALE)) {
            throw Refusal.notSupported(
                    t.file(),
                    "tensor " + JsonFile.printable(t.name()) + " is a scale of a whole tensor",
                    "quantize the model without");
        } else if (t.name().endsWith(WEIGHT)) {
            String path = path(t, WEIGHT);
            TensorEntry scales = tensors.get(path + SCALES);
            if (scales != null) {
                MlxParameters parameters = parameters(t, path);
                check(t, scales, tensors.get(path + BIASES), parameters);
                quantized.put(path, parameters);
            } else if (!FLOATS.contains(t.dtype())) {
                throw bad(t, "holds " + t.dtype() + " codes, but has no scales beside it");
            } else if (block.isPresent() && block.get().demands(path)) {
                throw bad(
                        t,
                        "has no scales, but "
                                + configFile.getFileName()
                                + " says that it is quantized");
            }
        }
    }

    private static String path(TensorEntry t, String suffix) {
        return t.name().substring(0, t.name().length() - suffix.length());
    }

    private MlxParameters parameters(TensorEntry weight, String path) {
        if (block.isEmpty()) {
            throw bad(
                    weight,
                    "has scales, but " + configFile.getFileName() + " has no quantization block");
        }
        return block.get()
                .forModule(path)
                .orElseThrow(() ->
                        bad(
                                weight,
                                "has scales, but "
                                        + configFile.getFileName()
                                        + " says that it is not quantized"));
    }

    private void check(
            TensorEntry weight,
            TensorEntry scales,
            @Nullable TensorEntry biases,
            MlxParameters parameters) {
        if (weight.dtype() != DType.U32) {
            throw bad(weight, "has scales, but holds " + weight.dtype() + " in place of U32");
        }
        if (parameters.mode() == MlxMode.AFFINE) {
            checkAffine(weight, scales, biases);
        } else {
            checkFloats(scales, biases, parameters.mode());
        }
        if (weight.shape().rank() < 2 || !leading(weight).equals(leading(scales))) {
            throw bad(scales, "is " + scales.shape() + " beside a weight " + weight.shape());
        }
        long columns = parameters.columns(weight.shape().columns());
        long scaled = Math.multiplyExact(scales.shape().columns(), (long) parameters.groupSize());
        if (columns != scaled) {
            throw bad(
                    weight,
                    weight.shape()
                            + " with scales "
                            + scales.shape()
                            + " is not of "
                            + parameters.bits()
                            + " bits in groups of "
                            + parameters.groupSize()
                            + ", which "
                            + configFile.getFileName()
                            + " asks for");
        }
    }

    private static void checkAffine(
            TensorEntry weight, TensorEntry scales, @Nullable TensorEntry biases) {
        if (biases == null) {
            throw bad(weight, "has scales, but no biases");
        }
        if (!FLOATS.contains(scales.dtype())) {
            throw bad(scales, "holds " + scales.dtype() + " in place of F16, BF16 or F32");
        }
        if (biases.dtype() != scales.dtype()) {
            throw bad(biases, "holds " + biases.dtype() + ", but the scales " + scales.dtype());
        }
        if (!biases.shape().equals(scales.shape())) {
            throw bad(biases, "is " + biases.shape() + ", but the scales " + scales.shape());
        }
    }

    private static void checkFloats(
            TensorEntry scales, @Nullable TensorEntry biases, MlxMode mode) {
        if (biases != null) {
            throw bad(biases, "is there, but mode " + mode.label() + " has no biases");
        }
        if (scales.dtype() != DType.U8) {
            throw bad(
                    scales,
                    "holds " + scales.dtype() + " in place of U8, the scales of " + mode.label());
        }
    }

    private static List<Long> leading(TensorEntry t) {
        List<Long> dimensions = t.shape().dimensions();
        return dimensions.subList(0, Math.max(0, dimensions.size() - 1));
    }

    private static Refusal bad(TensorEntry t, String problem) {
        return Refusal.badTensor(t.file(), JsonFile.printable(t.name()), problem, REMEDY);
    }
}

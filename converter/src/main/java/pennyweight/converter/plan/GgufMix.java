package pennyweight.converter.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.gguf.GgufType;

/**
 * Which type llama.cpp gives each tensor of a GGUF file, and in which order it writes them. Of the
 * quantized file types llama-quantize decides (llama.cpp {@code src/llama-quant.cpp}, {@code
 * tensor_allows_quantization} and {@code llama_tensor_get_type_impl}), of the others its converter
 * ({@code conversion/base.py}, {@code prepare_tensors}).
 *
 * <p>llama-quantize's rules count tensors as they pass, so they are evaluated in its order, {@link
 * #BY_LAYER}; in which order tensors are given does not matter.
 */
public final class GgufMix {
    /**
     * llama-quantize's order: tensors of no layer first, then by layer number; within each by name.
     */
    public static final Comparator<String> BY_LAYER =
            Comparator.<String>comparingLong(GgufMix::layer)
                    .thenComparing(Comparator.naturalOrder());

    /**
     * The converter's order of a checkpoint's tensors: files by name, and within each by tensor
     * name, whatever the order in the file's header.
     */
    public static final Comparator<TensorEntry> BY_SHARD_AND_NAME =
            Comparator.<TensorEntry, String>comparing(t -> String.valueOf(t.file().getFileName()))
                    .thenComparing(TensorEntry::name);

    private static final String HEAD = "output.weight";
    private static final String EMBEDDING = "token_embd.weight";
    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,9})\\..*");

    /** Parts of names that are never quantized, norms aside. */
    private static final List<String> KEPT =
            List.of(
                    "_norm.weight",
                    "ffn_gate_inp",
                    "ssm_conv1d",
                    "shortconv.conv.weight",
                    ".position_embd",
                    ".patch_embd");

    /**
     * A tensor as GGUF names it.
     *
     * @param shape outermost dimension first
     */
    public record Tensor(String name, Shape shape) {}

    /**
     * What is decided of a tensor.
     *
     * @param replaced the type that the rules wanted, where the tensor's rows are no multiple of
     *     its block
     */
    public record Choice(Tensor tensor, GgufType type, Optional<GgufType> replaced) {}

    private final GgufFileType fileType;
    private final GgufOptions options;
    private final boolean tied;
    private final boolean wideGroups;
    private final int layers;
    private final boolean weighted;
    private final int valueCount;
    private int valuesSeen;
    private int downsSeen;

    private GgufMix(
            GgufFileType fileType,
            GgufOptions options,
            List<Tensor> tensors,
            int heads,
            int kvHeads,
            int layers) {
        this.fileType = fileType;
        this.options = options;
        this.tied = tensors.stream().noneMatch(t -> t.name.equals(HEAD));
        this.wideGroups = heads / kvHeads >= 4;
        this.layers = layers;
        this.weighted = options.imatrix().isPresent();
        this.valueCount = (int) tensors.stream().filter(t -> valueLike(t.name)).count();
    }

    /**
     * Decides the type of every tensor of a file.
     *
     * @param options of which an importance matrix changes some rules
     * @param layers all blocks, those of the MTP head included
     * @return in the order to write them: {@link #BY_LAYER} of files that llama-quantize writes, of
     *     the others as given, which should be {@link #BY_SHARD_AND_NAME} of the source's tensors
     */
    public static List<Choice> choose(
            GgufFileType fileType,
            GgufOptions options,
            List<Tensor> tensors,
            int heads,
            int kvHeads,
            int layers) {
        if (!quantizes(fileType, options)) {
            return tensors.stream()
                    .map(t -> new Choice(t, plain(fileType, t), Optional.empty()))
                    .toList();
        }
        GgufMix mix = new GgufMix(fileType, options, tensors, heads, kvHeads, layers);
        List<Choice> choices = new ArrayList<>();
        tensors.stream()
                .sorted(Comparator.comparing(Tensor::name, BY_LAYER))
                .forEach(t -> choices.add(mix.choice(t)));
        return List.copyOf(choices);
    }

    /**
     * Whether the file is one that llama-quantize writes, in its order of tensors and keys: of a
     * type of blocks, or with a type chosen for embedding or head, which the converter cannot do.
     */
    public static boolean quantizes(GgufFileType fileType, GgufOptions options) {
        return fileType.quantized()
                || options.embeddingType().isPresent()
                || options.outputType().isPresent();
    }

    private static long layer(String name) {
        Matcher m = BLOCK.matcher(name);
        return m.matches() ? Long.parseLong(m.group(1)) : -1;
    }

    private static GgufType plain(GgufFileType fileType, Tensor t) {
        boolean kept =
                t.shape.rank() <= 1
                        || !t.name.endsWith(".weight")
                        || KEPT.stream().anyMatch(t.name::contains);
        return kept ? GgufType.F32 : fileType.mainType();
    }

    private Choice choice(Tensor t) {
        // What may not be quantized keeps the type that the converter gave it, which is F32.
        if (t.shape.rank() < 2
                || !t.name.endsWith("weight")
                || KEPT.stream().anyMatch(t.name::contains)) {
            return new Choice(t, GgufType.F32, Optional.empty());
        }
        GgufType wanted = chosen(t);
        GgufType fitting = fitting(wanted, t.shape.columns());
        return new Choice(t, fitting, fitting == wanted ? Optional.empty() : Optional.of(wanted));
    }

    /** What the user chose, or else the rules ({@code llama_tensor_get_type}). */
    private GgufType chosen(Tensor t) {
        if (t.name.equals(EMBEDDING) && options.embeddingType().isPresent()) {
            return options.embeddingType().get();
        }
        if (t.name.equals(HEAD) && options.outputType().isPresent()) {
            return options.outputType().get();
        }
        if (!fileType.quantized()) {
            return fileType.mainType();
        }
        // A tensor that an override decides is not counted: the rules of later ones shift by it.
        return TypeOverride.first(options.overrides(), t.name)
                .orElseGet(() -> options.pure() ? fileType.mainType() : wanted(t));
    }

    private GgufType wanted(Tensor t) {
        if (t.name.equals(HEAD) || (tied && t.name.equals(EMBEDDING))) {
            return options.outputType().orElseGet(() -> head(t.shape.columns()));
        }
        if (valueLike(t.name)) {
            return value(valuesSeen++);
        }
        if (t.name.contains("ffn_down")) {
            return down(downsSeen++);
        }
        return t.name.contains("attn_output.weight") ? attentionOutput() : fileType.mainType();
    }

    /** The delta net's joint q, k and v counts as a v: the rules know nothing of hybrids. */
    private static boolean valueLike(String name) {
        return name.contains("attn_v.weight") || name.contains("attn_qkv.weight");
    }

    private GgufType head(long columns) {
        GgufType main = fileType.mainType();
        return main == GgufType.Q8_0 || !main.takes(columns) ? GgufType.Q8_0 : GgufType.Q6_K;
    }

    private GgufType value(int i) {
        return switch (fileType) {
            case Q4_K_M, Q5_K_M -> more(i, valueCount) ? GgufType.Q6_K : fileType.mainType();
            case Q4_K_S -> i < 4 ? GgufType.Q5_K : GgufType.Q4_K;
            case Q3_K_M -> i < 2 ? GgufType.Q5_K : GgufType.Q4_K;
            case Q3_K_L -> GgufType.Q5_K;
            case Q2_K -> wideGroups ? GgufType.Q4_K : GgufType.Q3_K;
            case IQ4_NL, IQ4_XS -> wideGroups ? GgufType.Q5_K : fileType.mainType();
            default -> fileType.mainType();
        };
    }

    private GgufType down(int i) {
        boolean first = i < layers / 8;
        return switch (fileType) {
            case Q4_K_M, Q5_K_M -> more(i, layers) ? GgufType.Q6_K : fileType.mainType();
            case Q4_K_S -> first ? GgufType.Q5_K : GgufType.Q4_K;
            case Q3_K_M -> i < layers / 16 ? GgufType.Q5_K : GgufType.Q4_K;
            case Q3_K_L -> GgufType.Q5_K;
            case Q2_K -> GgufType.Q3_K;
            case IQ4_NL, IQ4_XS -> first && !weighted ? GgufType.Q5_K : fileType.mainType();
            case Q4_0 -> first && weighted ? GgufType.Q4_1 : GgufType.Q4_0;
            case Q5_0 -> first && weighted ? GgufType.Q5_1 : GgufType.Q5_0;
            default -> fileType.mainType();
        };
    }

    private GgufType attentionOutput() {
        return switch (fileType) {
            case Q2_K -> GgufType.Q3_K;
            case Q3_K_M -> GgufType.Q4_K;
            case Q3_K_L -> GgufType.Q5_K;
            default -> fileType.mainType();
        };
    }

    /** The first and last eighth, and every third between. */
    private static boolean more(int i, int n) {
        return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
    }

    /**
     * What stands in where a row is no multiple of the block. llama-quantize refuses such rows of
     * the types of 32; F16, its last resort of the others, serves there too.
     */
    private static GgufType fitting(GgufType wanted, long columns) {
        if (wanted.takes(columns)) {
            return wanted;
        }
        GgufType second =
                switch (wanted) {
                    case IQ4_XS -> GgufType.IQ4_NL;
                    case Q2_K, Q3_K -> GgufType.Q4_0;
                    case Q4_K -> GgufType.Q5_0;
                    case Q5_K -> GgufType.Q5_1;
                    case Q6_K -> GgufType.Q8_0;
                    default -> GgufType.F16;
                };
        return second.takes(columns) ? second : GgufType.F16;
    }
}

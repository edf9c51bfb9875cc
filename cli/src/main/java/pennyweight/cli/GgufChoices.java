package pennyweight.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.GgufRequest;
import pennyweight.converter.plan.ImportanceMatrix;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TypeOverride;
import pennyweight.formats.ByteSize;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufType;
import picocli.CommandLine.Option;

/** The options of {@code convert} that decide GGUF files: those of llama-quantize, and more. */
final class GgufChoices {
    @Option(
            names = "--gguf-type",
            split = ",",
            paramLabel = "TYPE",
            description = {
                "GGUF types, in any case: Q2_K, Q3_K_S, Q3_K_M, Q3_K_L, Q4_0, Q4_1, Q4_K_S,",
                "Q4_K_M, Q5_0, Q5_1, Q5_K_S, Q5_K_M, Q6_K, Q8_0, IQ4_NL, IQ4_XS, BF16, F16,",
                "F32 (default: Q2_K for 2 bits, Q3_K_M for 3, Q4_K_M for 4, Q5_K_M for 5, Q6_K for",
                "6, Q8_0 for 8)."
            })
    private List<String> types = List.of();

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "Importance matrix of llama-imatrix, GGUF or .dat.")
    private Optional<Path> imatrix = Optional.empty();

    @Option(
            names = "--tensor-type",
            paramLabel = "PATTERN=TYPE",
            description = {
                "Type of GGUF tensors in whose name the regular expression is found; the first",
                "that matches counts. May be given several times."
            })
    private List<String> tensorTypes = List.of();

    @Option(
            names = "--output-type",
            paramLabel = "TYPE",
            description = "Type of GGUF's output.weight, or of the embedding where it is that.")
    private Optional<String> outputType = Optional.empty();

    @Option(
            names = "--embedding-type",
            paramLabel = "TYPE",
            description = "Type of GGUF's token_embd.weight.")
    private Optional<String> embeddingType = Optional.empty();

    @Option(
            names = "--pure",
            description = "Every GGUF tensor gets the main type of its file type.")
    private boolean pure;

    @Option(
            names = "--mtp",
            paramLabel = "keep|drop",
            description = {
                "Whether GGUF keeps the multi-token prediction head",
                "(default: keep, where the checkpoint has one)."
            })
    private String mtp = "keep";

    @Option(
            names = "--mmproj",
            paramLabel = "TYPE",
            defaultValue = "Q8_0",
            description = {
                "Type of the vision tower's GGUF file: F16, BF16, Q8_0, F32, or none",
                "(default: ${DEFAULT-VALUE}, where the checkpoint has a tower)."
            })
    private String mmproj = "Q8_0";

    @Option(
            names = "--split-max-size",
            paramLabel = "SIZE",
            description = "Split GGUF into shards of at most so many bytes of tensors: 500M, 2G.")
    private Optional<String> splitMaxSize = Optional.empty();

    /**
     * What was chosen.
     *
     * @throws Refusal of usage, of a wrong value or of an option without GGUF among the formats
     */
    GgufRequest request(boolean gguf) {
        GivenOptions given = new GivenOptions();
        given.note("--gguf-type", !types.isEmpty());
        given.note("--imatrix", imatrix.isPresent());
        given.note("--tensor-type", !tensorTypes.isEmpty());
        given.note("--output-type", outputType.isPresent());
        given.note("--embedding-type", embeddingType.isPresent());
        given.note("--pure", pure);
        given.note("--mtp", !mtp.equals("keep"));
        given.note("--split-max-size", splitMaxSize.isPresent());
        given.check("gguf", gguf);
        if (!mtp.equals("keep") && !mtp.equals("drop")) {
            throw Refusal.usage("--mtp is " + mtp, "give keep or drop");
        }
        return new GgufRequest(Choices.ggufTypes(types), options(), mmproj());
    }

    private GgufOptions options() {
        return new GgufOptions(
                pure,
                embeddingType.map(t -> type("--embedding-type", t)),
                outputType.map(t -> type("--output-type", t)),
                tensorTypes.stream().map(t -> TypeOverride.parse("--tensor-type", t)).toList(),
                mtp.equals("keep"),
                splitMaxSize.map(size -> ByteSize.parse(size.toUpperCase(Locale.ROOT))).orElse(0L),
                imatrix.map(ImportanceMatrix::read));
    }

    private static GgufType type(String option, String name) {
        return GgufEncodings.named(option, name);
    }

    private Optional<GgufFileType> mmproj() {
        if (mmproj.equalsIgnoreCase("none")) {
            return Optional.empty();
        }
        List<GgufFileType> all = TargetSettings.Mmproj.TYPES;
        return Optional.of(
                GgufFileType.named(mmproj)
                        .filter(all::contains)
                        .orElseThrow(() ->
                                Refusal.usage(
                                        "--mmproj is " + mmproj,
                                        "give none or one of "
                                                + all.stream()
                                                        .map(GgufFileType::name)
                                                        .collect(Collectors.joining(", ")))));
    }
}

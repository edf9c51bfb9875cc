package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.MlxEncodings;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.gguf.GgufType;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

/** Turns a request into plans: pure data, made from configs and headers. */
public final class Planner {
    private static final int DEFAULT_BITS = 4;

    private Planner() {}

    /** One plan for each output folder. */
    public static List<OutputPlan> plan(Checkpoint source, Request request) {
        String name =
                request.name()
                        .orElse(
                                source.folder().path().toAbsolutePath().normalize().getFileName()
                                        + "");
        List<OutputPlan> outputs = new ArrayList<>();
        if (request.bits().isEmpty() && typesAlone(request)) {
            Path folder =
                    request.out().orElse(Path.of(name + "-" + common(request.gguf().types())));
            List<TargetSettings> settings = new ArrayList<>();
            request.gguf()
                    .types()
                    .forEach(t ->
                            settings.add(new TargetSettings.Gguf(t, request.gguf().options())));
            mmproj(source, request).ifPresent(settings::add);
            outputs.add(output(source, folder, settings, name));
            return outputs;
        }
        List<Integer> widths = widths(request);
        for (int i = 0; i < widths.size(); i++) {
            int bits = widths.get(i);
            Path own = Path.of(name + "-" + bits + "bit");
            Path folder =
                    widths.size() == 1
                            ? request.out().orElse(own)
                            : request.out().map(o -> o.resolve(own)).orElse(own);
            outputs.add(
                    output(source, folder, settings(source, request, widths, bits, i == 0), name));
        }
        return outputs;
    }

    /** The encodings that most tensors will have, as far as it shows without the model. */
    public static Set<Encoding> likely(Request request) {
        Set<Encoding> likely = new LinkedHashSet<>();
        boolean types = request.bits().isEmpty() && typesAlone(request);
        List<Integer> widths = types ? List.of(DEFAULT_BITS) : widths(request);
        for (int bits : widths) {
            if (request.formats().contains("gguf")) {
                for (GgufFileType type :
                        types ? request.gguf().types() : ggufTypes(request, widths, bits, true)) {
                    GgufEncodings.of(type.mainType()).ifPresent(likely::add);
                    // Of most mixes the type of embedding and head.
                    GgufEncodings.of(GgufType.Q6_K)
                            .filter(_ -> type.quantized() && type != GgufFileType.Q8_0)
                            .ifPresent(likely::add);
                }
            }
            if (request.formats().contains("mlx")) {
                likely.add(MlxEncodings.of(request.mlx().settings(bits).common(), Plain.Type.BF16));
            }
            if (request.formats().contains("onnx")) {
                for (int own : bits == 6 ? List.of(4, 8) : List.of(bits)) {
                    likely.add(new MatMulNBits(own, request.onnxBlock()));
                }
            }
        }
        return likely;
    }

    private static List<Integer> widths(Request request) {
        if (!request.bits().isEmpty()) {
            return request.bits();
        }
        boolean mlx = request.formats().contains("mlx");
        return List.of(
                Optional.of(request.mlx())
                        .filter(_ -> mlx)
                        .flatMap(MlxRequest::decidedBits)
                        .orElse(DEFAULT_BITS));
    }

    /** Whether GGUF files of named types are all that is asked for. */
    private static boolean typesAlone(Request request) {
        return request.formats().equals(Set.of("gguf")) && !request.gguf().types().isEmpty();
    }

    /** What a folder of these types is called: by their bits, where all have the same. */
    private static String common(List<GgufFileType> types) {
        Set<Integer> bits = types.stream().map(GgufFileType::bits).collect(Collectors.toSet());
        return bits.size() == 1 ? bits.iterator().next() + "bit" : "gguf";
    }

    private static OutputPlan output(
            Checkpoint source, Path folder, List<TargetSettings> settings, String name) {
        boolean tower = settings.stream().anyMatch(TargetSettings.Mmproj.class::isInstance);
        return new OutputPlan(
                folder,
                settings.stream()
                        .map(s -> {
                            TargetPlan plan = Targets.of(s).plan(source, s, name);
                            return tower && s instanceof TargetSettings.Gguf
                                    ? PlanParts.besideMmproj(plan)
                                    : plan;
                        })
                        .toList());
    }

    /** The vision tower's file, where one is asked for and there is a tower. */
    private static Optional<TargetSettings> mmproj(Checkpoint source, Request request) {
        return request.gguf()
                .mmproj()
                .filter(_ -> source.tower().isPresent())
                .map(TargetSettings.Mmproj::new);
    }

    private static List<TargetSettings> settings(
            Checkpoint source, Request request, List<Integer> widths, int bits, boolean first) {
        List<TargetSettings> all = new ArrayList<>();
        for (String format : Targets.formats()) {
            if (!request.formats().contains(format)) {
                continue;
            }
            switch (format) {
                case "gguf" -> {
                    List<GgufFileType> types = ggufTypes(request, widths, bits, first);
                    for (GgufFileType type : types) {
                        all.add(new TargetSettings.Gguf(type, request.gguf().options()));
                    }
                    if (!types.isEmpty()) {
                        mmproj(source, request).ifPresent(all::add);
                    }
                }
                case "mlx" -> {
                    TargetSettings.Mlx mlx = request.mlx().settings(bits);
                    all.add(mlx);
                    if (request.mlx().mtp()) {
                        all.add(new TargetSettings.MlxMtp(mlx.common()));
                    }
                }
                case "onnx" ->
                        all.add(
                                new TargetSettings.Onnx(
                                        bits, request.onnxBlock(), request.onnxAccuracy()));
                default -> throw new IllegalArgumentException("no settings for " + format);
            }
        }
        return all;
    }

    /**
     * A type that was asked for by name goes to the folder of its bits, or to the first where none
     * has them.
     */
    private static List<GgufFileType> ggufTypes(
            Request request, List<Integer> widths, int bits, boolean first) {
        if (request.gguf().types().isEmpty()) {
            return List.of(
                    switch (bits) {
                        case 2 -> GgufFileType.Q2_K;
                        case 3 -> GgufFileType.Q3_K_M;
                        case 4 -> GgufFileType.Q4_K_M;
                        case 5 -> GgufFileType.Q5_K_M;
                        case 6 -> GgufFileType.Q6_K;
                        case 8 -> GgufFileType.Q8_0;
                        default ->
                                throw new IllegalArgumentException(
                                        "no GGUF type of " + bits + " bits");
                    });
        }
        return request.gguf().types().stream()
                .filter(t -> {
                    int own = t.bits();
                    return widths.contains(own) ? own == bits : first;
                })
                .toList();
    }
}

package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;

/** Turns a request into plans: pure data, made from configs and headers. */
public final class Planner {
    private Planner() {}

    /** One plan for each output folder. */
    public static List<OutputPlan> plan(Checkpoint source, Request request) {
        String name =
                request.name()
                        .orElse(
                                source.folder().path().toAbsolutePath().normalize().getFileName()
                                        + "");
        List<OutputPlan> outputs = new ArrayList<>();
        for (int i = 0; i < request.bits().size(); i++) {
            int bits = request.bits().get(i);
            Path own = Path.of(name + "-" + bits + "bit");
            Path folder =
                    request.bits().size() == 1
                            ? request.out().orElse(own)
                            : request.out().map(o -> o.resolve(own)).orElse(own);
            List<TargetPlan> targets = new ArrayList<>();
            for (TargetSettings settings : settings(request, bits, i == 0)) {
                targets.add(Targets.of(settings).plan(source, settings, name));
            }
            outputs.add(new OutputPlan(folder, targets));
        }
        return outputs;
    }

    private static List<TargetSettings> settings(Request request, int bits, boolean first) {
        List<TargetSettings> all = new ArrayList<>();
        for (String format : Targets.formats()) {
            if (!request.formats().contains(format)) {
                continue;
            }
            switch (format) {
                case "gguf" ->
                        ggufTypes(request, bits, first)
                                .forEach(t -> all.add(new TargetSettings.Gguf(t)));
                case "mlx" -> all.add(new TargetSettings.Mlx(bits, request.mlxGroup()));
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
    private static List<GgufFileType> ggufTypes(Request request, int bits, boolean first) {
        if (request.ggufTypes().isEmpty()) {
            return List.of(
                    switch (bits) {
                        case 4 -> GgufFileType.Q4_K_M;
                        case 6 -> GgufFileType.Q6_K;
                        case 8 -> GgufFileType.Q8_0;
                        default ->
                                throw new IllegalArgumentException(
                                        "no GGUF type of " + bits + " bits");
                    });
        }
        return request.ggufTypes().stream()
                .filter(t -> {
                    int own = new TargetSettings.Gguf(t).bits();
                    return request.bits().contains(own) ? own == bits : first;
                })
                .toList();
    }
}

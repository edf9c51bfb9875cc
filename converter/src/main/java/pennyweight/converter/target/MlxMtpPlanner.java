package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pennyweight.converter.dialect.MlxMtpDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.plan.MlxEncodings;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;

/**
 * Plans the folder of the multi-token prediction head, which mlx-vlm loads as a draft model, with
 * the bytes that {@code mlx_vlm convert --mtp} writes (Blaizzy/mlx-vlm {@code
 * mlx_vlm/speculative/drafters/mtp_split.py}). It stands beside the model's folder and never in it:
 * readers of that one would take its tensors for the model's.
 */
final class MlxMtpPlanner {
    private static final String FILE_OF_VOCABULARY = "vocab.json";
    private static final Set<String> COPIED =
            Set.of(ModelFolder.TOKENIZER, ModelFolder.TOKENIZER_CONFIG, FILE_OF_VOCABULARY);

    private MlxMtpPlanner() {}

    /** Plans the folder; throws {@link Refusal} where the checkpoint has no head. */
    static TargetPlan plan(Checkpoint source, TargetSettings.MlxMtp settings, Path folder) {
        List<MlxDraft> drafts =
                source.model().tensors().stream()
                        .map(TensorSpec::role)
                        .filter(MlxMtpPlanner::taken)
                        .map(role -> draft(source, settings, role))
                        .toList();
        if (drafts.isEmpty()) {
            throw Refusal.badInput(
                    source.folder().path(),
                    "has no multi-token prediction head to write a draft model of",
                    "drop --mlx-mtp");
        }
        MlxLayout layout = MlxLayout.of(drafts, settings, folder, Long.MAX_VALUE);
        List<PlannedFile> files = new ArrayList<>(layout.files());
        files.add(
                new PlannedFile.Whole(
                        folder.resolve(ModelFolder.CONFIG),
                        Bytes.utf8(MlxMtpConfig.of(source).write(settings))));
        PlanParts.tokenizerFiles(source, folder).stream()
                .filter(f -> COPIED.contains(String.valueOf(f.path().getFileName())))
                .forEach(files::add);
        return new TargetPlan(
                settings,
                folder,
                layout.tensors(),
                files,
                PlanParts.leftOut(source, MlxMtpPlanner::taken, PlanParts::notOfTheDraft));
    }

    private static boolean taken(Role role) {
        return role.scope() == Scope.MTP;
    }

    /** Unlike the model's folder this one has every tensor in its own type. */
    private static MlxDraft draft(Checkpoint source, TargetSettings.MlxMtp settings, Role role) {
        MlxMtpDialect dialect = new MlxMtpDialect();
        SourceTensor tensor = source.tensor(role);
        Shape shape = tensor.entry().shape();
        Plain own = Checkpoint.plain(tensor.entry().dtype()).orElseThrow();
        Encoding wanted = MlxEncodings.of(settings.common(), own.type());
        boolean matrix = shape.rank() == 2;
        boolean fits = matrix && wanted.takes(shape.columns());
        return new MlxDraft(
                role,
                tensor,
                dialect.name(role),
                source.transform(dialect.conventions(), role),
                Optional.empty(),
                fits ? wanted : own,
                shape,
                matrix && !fits ? Optional.of(wanted.label()) : Optional.empty());
    }
}

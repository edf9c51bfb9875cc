package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.PatchLayout;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.converter.model.Weights;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.VisionPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.DialectWeights;
import pennyweight.converter.source.PlannedTensor;
import pennyweight.converter.source.StoredTensor;

/**
 * The source's model over the planned numbers: value heads and the numbers of filters are where the
 * source has them.
 */
final class PlannedModel {
    private final Checkpoint source;
    private final Conventions conventions;
    private final Map<Role, List<StoredTensor>> pieces = new HashMap<>();
    private final int jobs;

    /**
     * @param written the conventions that the numbers were planned in
     */
    PlannedModel(Checkpoint source, Conventions written, TargetPlan plan, int jobs) {
        this.source = source;
        this.jobs = jobs;
        this.conventions =
                new Conventions(
                        written.norm(),
                        written.decay(),
                        source.model().headOrder(),
                        written.conv(),
                        PatchLayout.CHANNELS_FIRST);
        for (TargetTensor t : plan.tensors()) {
            Role whole = t.role().whole();
            pieces.computeIfAbsent(whole, r -> new ArrayList<>())
                    .add(new PlannedTensor(t, source.stored(source.tensor(whole))).inSourceOrder());
        }
    }

    ForwardPass decoder() {
        return new ForwardPass(source.model(), weights(source.model()), jobs);
    }

    /** The vision tower; nothing where none is planned. */
    Optional<VisionPass> tower() {
        return source.tower()
                .filter(t -> pieces.containsKey(Role.vision(Part.PATCH)))
                .map(t -> new VisionPass(t, weights(t), jobs));
    }

    private Weights weights(TensorAxes axes) {
        return new DialectWeights(axes, conventions, this::tensor);
    }

    private StoredTensor tensor(Role role) {
        List<StoredTensor> found = pieces.getOrDefault(role, List.of());
        return switch (found.size()) {
            case 0 -> throw new IllegalStateException("the plan has no " + role);
            case 1 -> found.getFirst();
            default -> new Sum(found);
        };
    }

    /** Pieces of a tensor that are each 0 where they hold nothing of it. */
    private record Sum(List<StoredTensor> pieces) implements StoredTensor {
        @Override
        public long rows() {
            return pieces.getFirst().rows();
        }

        @Override
        public int columns() {
            return pieces.getFirst().columns();
        }

        @Override
        public void read(long first, int count, float[] target) {
            float[] piece = new float[count * columns()];
            pieces.getFirst().read(first, count, target);
            for (StoredTensor more : pieces.subList(1, pieces.size())) {
                more.read(first, count, piece);
                for (int i = 0; i < piece.length; i++) {
                    target[i] += piece[i];
                }
            }
        }
    }
}

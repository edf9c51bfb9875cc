package pennyweight.converter.source;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.DecayForm;
import pennyweight.converter.dialect.ElementMap;
import pennyweight.converter.dialect.NormWeight;
import pennyweight.converter.dialect.PatchLayout;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.converter.model.Weights;

/**
 * What a file stores, in the conventions of the forward pass. Value heads stay in the order that
 * the file has: the model that was read with it computes in that order. The filters of a patch
 * embedding are put together of whatever the file has for them, channels first.
 */
public final class DialectWeights implements Weights {
    private final TensorAxes axes;
    private final Conventions stored;
    private final Conventions wanted;
    private final Function<Role, StoredTensor> tensors;

    public DialectWeights(
            TensorAxes axes, Conventions stored, Function<Role, StoredTensor> tensors) {
        this.axes = axes;
        this.stored = stored;
        this.wanted =
                new Conventions(
                        NormWeight.MULTIPLIER,
                        DecayForm.NEGATIVE_EXP,
                        stored.valueHeads(),
                        stored.conv(),
                        PatchLayout.CHANNELS_FIRST);
        this.tensors = tensors;
    }

    @Override
    public long rows(Role role) {
        return tensors.apply(pieces(role).getFirst()).rows();
    }

    @Override
    public int columns(Role role) {
        return axes.patch(role)
                .map(PatchShape::size)
                .orElseGet(() -> tensors.apply(role).columns());
    }

    /** The roles under which the file stores a role's numbers: more than one of filters alone. */
    private List<Role> pieces(Role role) {
        return stored.stored(role);
    }

    @Override
    public void read(Role role, long first, int count, float[] target) {
        if (axes.patch(role).isPresent()) {
            readFilters(role, first, count, target);
            return;
        }
        StoredTensor tensor = tensors.apply(role);
        tensor.read(first, count, target);
        ElementMap map = stored.to(wanted, axes, role).map();
        if (map != ElementMap.NONE) {
            int n = count * tensor.columns();
            for (int i = 0; i < n; i++) {
                target[i] = map.apply(target[i]);
            }
        }
    }

    private void readFilters(Role role, long first, int count, float[] target) {
        int columns = columns(role);
        Arrays.fill(target, 0, count * columns, 0);
        float[] restored = new float[count * columns];
        for (Role piece : pieces(role)) {
            StoredTensor tensor = tensors.apply(piece);
            float[] own = new float[count * tensor.columns()];
            tensor.read(first, count, own);
            wanted.to(stored, axes, piece).restoreColumns(own, count, columns, restored);
            for (int i = 0; i < restored.length; i++) {
                target[i] += restored[i];
            }
        }
    }
}
